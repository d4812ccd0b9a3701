internal import Glibc

/// Owns a file descriptor and closes it when it goes.
package struct Descriptor: ~Copyable {
    package let number: Int32

    package init(owning number: Int32) {
        self.number = number
    }

    deinit {
        // A retry after EINTR could close a number another thread has been given meanwhile.
        close(number)
    }
}
