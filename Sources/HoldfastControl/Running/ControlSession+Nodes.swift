internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// The nodes, and whether they say the same.
extension ControlSession {
    func nodes(_ isCompared: Bool) async throws -> ExitStatus {
        let response = try await client.admin.listNodes(.init(), options: options)
        guard isCompared else {
            return try show(NodesAnswer.make(response, nil), NodesAnswer.exitStatus(response))
        }
        let comparison = try await comparison()
        let status = NodesAnswer.exitStatus(response)
        return try show(
            NodesAnswer.make(response, comparison),
            status == .ok && comparison.isDiffering ? .precondition : status)
    }

    /// Asks each node about each lock that is held; what changes meanwhile may look different.
    private func comparison() async throws -> NodeComparison {
        var comparison = NodeComparison()
        for lock in try await allLocks("").locks {
            let request = GetLockRequest(name: lock.name)
            comparison.add(try await client.locks.getLock(request, options: options))
        }
        return comparison
    }
}
