/// All scripts that a server calls, each by its place.
///
/// A connection loads all of them before it counts as ready. The order is the caller's and fixed:
/// a `ScriptCall` names its script by place.
package struct ScriptSet: Sendable {
    /// Most scripts of a set; loading them is part of every handshake.
    package static let countMax = 256

    package let scripts: [RedisScript]

    /// Those after the first `countMax` are left out, which is unreachable: scripts are ours.
    package init(_ scripts: [RedisScript]) {
        self.scripts = Array(scripts.prefix(Self.countMax))
    }

    package var count: Int { scripts.count }

    package subscript(index: Int) -> RedisScript { scripts[index] }

    /// The place of the script with this name.
    package func index(named name: String) -> Int? {
        scripts.firstIndex { $0.name == name }
    }
}
