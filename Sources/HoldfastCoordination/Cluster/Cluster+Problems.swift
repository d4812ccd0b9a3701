extension Cluster {
    /// What is wrong with each node that does not vote.
    package var problems: [NodeProblem] {
        members.enumerated().compactMap { index, member in
            let reason: String
            switch member.state {
            case .voting: return nil
            case .down(let why): reason = why
            case .inspecting: reason = "is being looked at"
            case .empty:
                reason = "is empty: form the cluster, or wait until the node is admitted again"
            case .forming: reason = "is being formed"
            case .forgetful(let why): reason = "may have forgotten grants (\(why)); waits"
            case .stepped: reason = "its clock was set; waits until earlier grants are over"
            case .recovering, .admitting: reason = "is being admitted again"
            case .unfit(let why): reason = why
            }
            return NodeProblem(node: index, reason: reason)
        }
    }
}
