/// A node's hint to a server: the first in the queue of this lock is one of yours, and the lock may
/// be free. Hints may be lost.
package struct Wake: Hashable, Sendable {
    package var server: ServerID
    package var name: String

    package init(server: ServerID, name: String) {
        self.server = server
        self.name = name
    }
}
