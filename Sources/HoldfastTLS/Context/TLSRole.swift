/// Which end of a connection.
package enum TLSRole: Hashable, Sendable {
    /// Accepts connections.
    case server
    /// Opens connections and checks the server's name.
    case client
}
