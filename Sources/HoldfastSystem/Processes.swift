internal import Glibc

/// Facts of this process and machine.
package enum Processes {
    package static var current: Int32 { getpid() }

    /// How many descriptors the process may have open at once.
    package static var descriptorsMax: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Takes all the descriptors that the system allows: the usual soft limit is there for
    /// programs that use `select`, and is far below what a server holds.
    package static func raiseDescriptorsMax() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(resource, &limit)
    }

    /// Has standard input, output and error lead nowhere where they are closed: the next file or
    /// socket would get their number, and with it whatever is written there.
    package static func fillStandardStreams() {
        while true {
            let descriptor = unsafe open("/dev/null", O_RDWR)
            if descriptor > 2 { close(descriptor) }
            if descriptor < 0 || descriptor > 2 { return }
        }
    }

    /// Writes all of `text`; says why when it could not.
    package static func write(_ text: String, to descriptor: Int32) -> SystemError? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let size = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if size < 0, errno == EINTR { continue }
            guard size > 0 else { return .last("cannot write the answer") }
            bytes = bytes.dropFirst(size)
        }
        return nil
    }

    /// The name of the user this process acts for; the number where it has none.
    package static var userName: String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: 16 << 10)
        let result = unsafe getpwuid_r(geteuid(), &entry, &room, room.count, &found)
        guard result == 0, let found = unsafe found, let name = unsafe found.pointee.pw_name else {
            return "\(geteuid())"
        }
        return unsafe String(cString: name)
    }

    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
