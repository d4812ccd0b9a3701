import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Something that happens at a time in a world. Where a host is paused, what would reach it waits.
enum WorldEvent {
    /// A command reaches a node.
    case command(CommandDelivery)
    /// A node's answer reaches the server; its connection may be gone by then.
    case reply(connection: Int, tag: UInt64, NodeReply)
    /// A command could not be sent, and its server is told.
    case notSent(server: Int, life: ServerID, node: NodeIndex, tag: UInt64, NodeFailure)
    /// Bytes reach a Redis node, late if their connection is gone; and a server from there.
    case nodeBytes(connection: Int, [UInt8], isLate: Bool)
    case serverBytes(connection: Int, [UInt8])
    /// A connection to a Redis node stands, or cannot be made.
    case transportOpen(connection: Int)
    case transportRefused(server: Int, life: ServerID, node: NodeIndex)
    /// The session of a way is to look at its timers.
    case wayTimer(server: Int, life: ServerID, node: NodeIndex)
    /// A hint reaches a server.
    case wake(server: Int, life: ServerID, node: NodeIndex, name: String)
    /// A server tries to connect to a node.
    case connect(server: Int, life: ServerID, node: NodeIndex)
    /// The connection stands at the server.
    case connected(connection: Int, NodeReadiness)
    /// The server finds that its connection is gone.
    case connectionLost(connection: Int)
    /// A server has waited too long for a node.
    case connectionTimedOut(Int)
    case serverTimer(server: Int, life: ServerID)
    case serverStart(server: Int)
    /// A call reaches a server, or its end does.
    case request(CallID, CoordinationRequest)
    case callEnded(CallID)
    /// An answer reaches a client.
    case response(CallID, Outcome)
    /// An element of a stream reaches a client.
    case streamed(CallID, StreamEvent)
    /// Bytes of a caller's connection reach an end of it; one of its machines is to look at its timers;
    /// an end hears that the connection is gone.
    case wireBytes(wire: Int, toServer: Bool, [UInt8])
    case wireTimer(wire: Int, isServer: Bool)
    case wireLost(wire: Int, isServer: Bool)
    /// Something that a client does at a time of its own.
    case client(Int, ClientAction)
    /// A host may wake.
    case wakeUp(HostPlace)
    case fault(Fault)
    case faultOver(Fault)
    case phase(WorldPhase)
}

struct CommandDelivery {
    var connection: Int
    var tag: UInt64
    var gate: GateIdentity
    var command: NodeCommand
    /// It was on its way when its connection broke, and has waited since.
    var isLate = false
}

/// What a client is about to do. A class, because it is made once and handed on.
final class ClientAction {
    let label: String
    let perform: () -> Void

    init(_ label: String, _ perform: @escaping () -> Void) {
        self.label = label
        self.perform = perform
    }
}
