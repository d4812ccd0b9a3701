internal import HoldfastWireProtocol

/// What a call is to the server, which has room for each sort apart.
public enum CallWeight: Sendable {
    /// Answered soon.
    case usual
    /// May be open for long and costs nothing meanwhile: a wait. Streams are of this sort always.
    case waits
    /// Keeps alive, releases or closes: has room even when the others have none, so that waits never
    /// keep out the calls that end them.
    case vital
}

extension CallWeight {
    var kind: StreamKind {
        switch self {
        case .usual: .unary
        case .waits: .parked
        case .vital: .vital
        }
    }
}
