internal import Synchronization

/// Counts work in the background, for the end of a client to wait for.
final class OpenWork: Sendable {
    private struct Contents {
        var count = 0
        var waiting: [OneShot<Void>] = []
    }

    private let contents = Mutex(Contents())

    func begin() { contents.withLock { $0.count += 1 } }

    func end() {
        let waiting = contents.withLock { contents -> [OneShot<Void>] in
            contents.count -= 1
            guard contents.count == 0 else { return [] }
            defer { contents.waiting = [] }
            return contents.waiting
        }
        for shot in waiting { shot.resolve(()) }
    }

    /// Returns when there is none, or the task is cancelled.
    func wait() async {
        let shot = OneShot<Void>()
        let isNone = contents.withLock { contents in
            if contents.count > 0 { contents.waiting.append(shot) }
            return contents.count == 0
        }
        if !isNone { _ = await shot.wait() }
    }
}
