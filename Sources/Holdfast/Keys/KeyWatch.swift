internal import HoldfastCalls
package import HoldfastWire

/// What a watcher of keys is told.
public enum KeyEvent: Hashable, Sendable {
    /// A key has this value now. The same may be told twice.
    case value(StoredValue)
    /// A key has no value, or none any more.
    case deleted(key: String)
    /// Everything that was so has been told: from here on, changes are. Told again from time to time.
    case current
    /// Changes may have been missed: what was told before counts no more, and everything is told anew.
    case restarted
}

/// Keys as they are, and then as they change, until the task that reads them is cancelled.
///
/// States between two may be skipped, and of one key none is told after a later one. When the server
/// leaves, another goes on where it was; only where that cannot be done, `restarted` is told.
public struct KeyWatch: AsyncSequence, Sendable {
    private let client: HoldfastClient
    private let request: WatchKeysRequest
    private let namespaceBytes: Int

    init(_ client: HoldfastClient, _ request: WatchKeysRequest, namespaceBytes: Int) {
        self.client = client
        self.request = request
        self.namespaceBytes = namespaceBytes
    }

    /// Begins to watch.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, request: request, namespaceBytes: namespaceBytes)
    }

    /// Tells one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: HoldfastClient
        private var request: WatchKeysRequest
        private let namespaceBytes: Int
        private var stream: ResponseStream<WatchKeysResponse>.AsyncIterator?
        /// Something was told: from then on, an interruption is one.
        private var hasBegun = false
        private var pause = Duration.milliseconds(50)
        private static let pauseMax = Duration.seconds(5)

        init(client: HoldfastClient, request: WatchKeysRequest, namespaceBytes: Int) {
            self.client = client
            self.request = request
            self.namespaceBytes = namespaceBytes
        }

        /// The next event; `nil` when the client is closed. Throws `HoldfastError`.
        public mutating func next() async throws -> KeyEvent? {
            while true {
                try Task.checkCancellation()
                do throws(RPCError) {
                    if stream == nil { open() }
                    if let element = try await stream?.next() {
                        pause = .milliseconds(50)
                        hasBegun = true
                        request.follow(element)
                        if let event = event(element) { return event }
                        continue
                    }
                } catch {
                    try Task.checkCancellation()
                    guard hasBegun, error.isInterruption else { throw HoldfastError(error) }
                }
                stream = nil
                try await Task.sleep(for: pause)
                pause = Swift.min(pause * 2, Self.pauseMax)
                if hasBegun, request.keys.isEmpty, request.resumeToken.isEmpty {
                    // There is no place to go on from, and what was told may be gone by now.
                    request.changesOnly = false
                    return .restarted
                }
            }
        }

        private mutating func open() {
            var options = CallOptions()
            options.waitForReady = hasBegun
            stream = client.keys.watchKeys(request, options: options).makeAsyncIterator()
        }

        private func event(_ element: WatchKeysResponse) -> KeyEvent? {
            switch element.event {
            case .entry(let entry): return .value(StoredValue(entry, key: own(entry.key)))
            case .deleted(let key): return .deleted(key: own(key))
            case .synced: return .current
            case .restarted: return .restarted
            case nil: return nil
            }
        }

        private func own(_ key: String) -> String {
            // By bytes: a key may begin with a mark that would join the slash to one character.
            String(Substring(key.utf8.dropFirst(namespaceBytes)))
        }

    }
}

extension WatchKeysRequest {
    /// Has the next stream begin behind what this one has told.
    package mutating func follow(_ element: WatchKeysResponse) {
        switch element.event {
        // Keys that were named are told anew in any case.
        case .synced(let synced) where keys.isEmpty:
            resumeToken = synced.resumeToken
            changesOnly = false
        case .restarted: resumeToken = []
        case .synced, .entry, .deleted, nil: break
        }
    }
}

extension RPCError {
    /// Whether a stream that ended so is worth going on with: the server has left, or we were too slow.
    package var isInterruption: Bool {
        switch code {
        case .unavailable, .resourceExhausted, .cancelled, .aborted, .deadlineExceeded: true
        default: false
        }
    }
}
