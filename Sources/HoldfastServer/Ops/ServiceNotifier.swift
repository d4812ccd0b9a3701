import Glibc
package import HoldfastBase

/// Tells systemd what the service is doing (sd_notify(3)), without its library: each message is one
/// datagram to the socket named in the environment.
///
/// Without that variable every call does nothing. Nothing here can fail the service: a manager that
/// does not listen is not waited for.
package struct ServiceNotifier: Sendable {
    /// A state that the manager is told.
    package enum Message: Hashable, Sendable {
        /// Callers are served.
        case ready
        /// Settings are being read again; `ready` must follow.
        case reloading
        /// The service is on its way out.
        case stopping
        /// Still alive; due every `watchdogPeriod`.
        case watchdog
        /// What it is doing, in one line for people.
        case status(String)
    }

    private let path: String?
    /// Who asks for more is told this often: asking all loops costs something.
    private static let watchdogPeriodMin = Interval.milliseconds(100)

    /// How often to send `watchdog`; nil when the manager does not want to hear it. Half of the time after
    /// which it takes the service for dead.
    package let watchdogPeriod: Interval?

    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from `environment`; `processID` is this
    /// process.
    package init(environment: [(name: String, value: String)], processID: Int32 = getpid()) {
        func value(_ name: String) -> String? { environment.last { $0.name == name }?.value }
        path = value("NOTIFY_SOCKET").flatMap { path in
            // Longer paths, and vsock addresses, cannot be reached by a local datagram.
            let isLocal = path.hasPrefix("/") || path.hasPrefix("@")
            return isLocal && (2...107).contains(path.utf8.count) ? path : nil
        }
        let isOurs = value("WATCHDOG_PID").map { $0 == String(processID) } ?? true
        let microseconds = value("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        watchdogPeriod =
            isOurs && microseconds > 0
            ? max(.microseconds(microseconds / 2), Self.watchdogPeriodMin) : nil
    }

    /// Whether a manager listens.
    package var isActive: Bool { path != nil }

    /// Sends `messages` in one datagram; false when nobody took it.
    @discardableResult
    package func send(_ messages: Message...) -> Bool {
        guard let path else { return false }
        let text = messages.map(Self.text).joined(separator: "\n")
        return Self.send(Array(text.utf8), to: Array(path.utf8))
    }

    static func text(_ message: Message) -> String {
        switch message {
        case .ready: return "READY=1"
        case .reloading:
            // Type=notify-reload compares this with its own clock, to tell this reload from an
            // earlier one; that clock is CLOCK_MONOTONIC.
            var time = timespec()
            guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return "RELOADING=1" }
            let microseconds = Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000
            return "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
        case .stopping: return "STOPPING=1"
        case .watchdog: return "WATCHDOG=1"
        case .status(let words): return "STATUS=\(TextEscape.printable(words, scalarsMax: 512))"
        }
    }

    private static func send(_ datagram: [UInt8], to path: [UInt8]) -> Bool {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        // "@" stands for the zero byte that begins an abstract name.
        if path.first == UInt8(ascii: "@") { address.sun_path.0 = 0 }
        // The length counts: in an abstract name every further zero byte would be part of it.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let sent = unsafe datagram.withUnsafeBytes { bytes in
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe sendto(
                        descriptor, bytes.baseAddress, bytes.count, flags, generic, length)
                }
            }
        }
        return sent == datagram.count
    }
}
