internal import Glibc

/// A system call that failed for a reason outside the program.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package init(_ call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// From `errno`, right after the call.
    static func last(_ call: String) -> SystemError {
        SystemError(call, code: errno)
    }

    /// "bind: Address already in use".
    package var description: String { "\(call): \(text)" }

    /// What the system calls the error: "Address already in use".
    package var text: String {
        guard let text = unsafe strerror(code) else { return "errno \(code)" }
        return unsafe String(cString: text)
    }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var isConnectionRefused: Bool { code == ECONNREFUSED }
}
