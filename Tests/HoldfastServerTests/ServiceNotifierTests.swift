import Glibc
import HoldfastBase
import HoldfastServer
import Testing

/// A datagram socket in the place of the service manager's.
private struct Receiver: ~Copyable {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: Array(path.utf8))
        }
        if path.hasPrefix("@") { address.sun_path.0 = 0 }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length)
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    func receive() -> String {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}

@Suite struct ServiceNotifierTests {
    private func notifier(_ environment: (String, String)...) -> ServiceNotifier {
        ServiceNotifier(environment: environment.map { (name: $0.0, value: $0.1) }, processID: 7)
    }

    @Test(arguments: ["@holdfast-test-\(getpid())", "/tmp/holdfast-test-\(getpid())"])
    func messagesArrive(path: String) throws {
        let receiver = try Receiver(path: path)
        defer { if path.hasPrefix("/") { unsafe unlink(path) } }
        let notifier = notifier(("NOTIFY_SOCKET", path))
        #expect(notifier.send(.ready, .status("serving\n2 loops")))
        #expect(receiver.receive() == "READY=1\nSTATUS=serving\\u{a}2 loops")
        #expect(notifier.send(.reloading))
        #expect(receiver.receive().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        #expect(notifier.send(.stopping))
        #expect(receiver.receive() == "STOPPING=1")
        #expect(notifier.send(.watchdog))
        #expect(receiver.receive() == "WATCHDOG=1")
    }

    @Test func withoutAManagerNothingHappens() {
        #expect(!notifier().isActive && !notifier().send(.ready))
        #expect(!notifier(("NOTIFY_SOCKET", "@nobody-\(getpid())")).send(.ready))
        let long = "/" + String(repeating: "a", count: 107)
        for path in ["", "@", "relative", "vsock:2:1", long] {
            #expect(!notifier(("NOTIFY_SOCKET", path)).isActive, "\(path)")
        }
    }

    @Test func theWatchdogIsForOneProcess() {
        let half = Interval.milliseconds(2500)
        #expect(notifier(("WATCHDOG_USEC", "5000000")).watchdogPeriod == half)
        #expect(
            notifier(("WATCHDOG_USEC", "5000000"), ("WATCHDOG_PID", "7")).watchdogPeriod == half)
        #expect(notifier(("WATCHDOG_USEC", "5000000"), ("WATCHDOG_PID", "8")).watchdogPeriod == nil)
        for value in ["", "0", "-1", "x", "99999999999999999999"] {
            #expect(notifier(("WATCHDOG_USEC", value)).watchdogPeriod == nil)
        }
    }

    /// A microsecond would keep a processor busy with asking.
    @Test func theWatchdogIsFedAtABoundedRate() {
        for value in ["1", "2", "3000"] {
            #expect(notifier(("WATCHDOG_USEC", value)).watchdogPeriod == .milliseconds(100))
        }
    }
}
