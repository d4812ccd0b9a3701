internal import HoldfastNode

/// Which keys a watcher wants to hear of, and from where on.
package struct KeyWatch: Hashable, Sendable {
    package enum Scope: Hashable, Sendable {
        case names([String])
        case prefix(String)
    }

    package var scope: Scope
    /// Where an earlier watch was in step; only for a prefix.
    package var token: WatchToken?
    /// Not what is there, only what changes from now on.
    package var isChangesOnly: Bool

    package init(_ scope: Scope, token: WatchToken? = nil, isChangesOnly: Bool = false) {
        self.scope = scope
        self.token = token
        self.isChangesOnly = isChangesOnly
    }

    /// As in the logs.
    var filter: WatchFilter {
        switch scope {
        case .names(let names): .names(names.map { RegisterLog.entry($0) })
        case .prefix(let prefix): .prefix(RegisterLog.entry(prefix))
        }
    }
}
