internal import HoldfastBase

/// Who was thrown out a moment ago for doing something far too often: whoever comes back under its name is
/// listened to a moment later.
///
/// A flooder that is thrown out and comes back at once has a handshake for every few frames, and a handshake
/// costs as much as forty calls. The wait is short, because others may have the same name. Pure and bounded.
struct RecentFlooders {
    static let pause = Interval.milliseconds(250)
    static let namesMax = 1024

    private var until: [String: Instant] = [:]

    /// `name` was thrown out.
    mutating func note(_ name: String, now: Instant) {
        if until.count >= Self.namesMax { until = until.filter { $0.value > now } }
        guard until.count < Self.namesMax || until[name] != nil else { return }
        until[name] = now + Self.pause
    }

    /// When `name` is listened to; `nil` when that is now.
    mutating func due(of name: String, now: Instant) -> Instant? {
        guard !until.isEmpty, let due = until[name] else { return nil }
        if due > now { return due }
        until[name] = nil
        return nil
    }
}

extension ServerContext.Peer {
    /// Who that is, for one without a certificate: where it calls from.
    var nameOrHost: String {
        identity ?? String(address.prefix(upTo: address.lastIndex(of: ":") ?? address.endIndex))
    }
}
