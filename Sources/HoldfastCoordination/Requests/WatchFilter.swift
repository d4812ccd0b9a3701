/// Which locks a watcher wants to hear of.
package enum WatchFilter: Hashable, Sendable {
    case names([String])
    case prefix(String)

    func matches(_ name: String) -> Bool {
        switch self {
        case .names(let names): names.contains { NameKey($0) == NameKey(name) }
        case .prefix(let prefix): name.beginsWith(prefix)
        }
    }
}
