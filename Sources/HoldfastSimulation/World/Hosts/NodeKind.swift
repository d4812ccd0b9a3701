/// What the nodes of a world are made of.
package enum NodeKind: String, CaseIterable, Hashable, Sendable {
    /// `MemoryNode`: fast, and easy to read in a trace.
    case memory
    /// The shipped scripts on the model of Redis, by the shipped session.
    case lua
    /// Of both: every other one.
    case mixed

    func isRedis(_ index: Int) -> Bool {
        switch self {
        case .memory: false
        case .lua: true
        case .mixed: index % 2 == 0
        }
    }
}
