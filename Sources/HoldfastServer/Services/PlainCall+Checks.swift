internal import HoldfastBase
internal import HoldfastNode
internal import HoldfastRPC

extension PlainCall {
    /// The grant that this call makes: its request id, or a new one where it came without.
    var grantID: GrantID {
        guard let id = requestID, id != .none else { return .random() }
        return id
    }

    /// Whether nothing was wrong with the request; otherwise it has been answered.
    mutating func passes(_ check: RequestCheck) -> Bool {
        guard let error = check.error else { return true }
        fail(error)
        return false
    }
}
