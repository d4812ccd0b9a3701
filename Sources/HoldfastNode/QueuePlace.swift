/// A place in a lock's queue as a node has it: that of a server's first waiter.
package struct QueuePlace: Hashable, Sendable {
    package var grant: GrantID
    package var mode: LockMode
    /// Places are in the order of their tickets, and of their grants where these are the same.
    package var ticket: UInt64
    package var server: ServerID
    package var session: SessionID?

    package init(
        grant: GrantID, mode: LockMode, ticket: UInt64, server: ServerID, session: SessionID?
    ) {
        self.grant = grant
        self.mode = mode
        self.ticket = ticket
        self.server = server
        self.session = session
    }
}
