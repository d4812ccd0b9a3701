internal import HoldfastCalls
internal import HoldfastWire

/// The keys that begin with a prefix, read a page at a time as they are asked for.
public struct KeyList: AsyncSequence, Sendable {
    private let client: HoldfastClient
    private let prefix: String
    private let hasValues: Bool

    init(_ client: HoldfastClient, prefix: String, hasValues: Bool) {
        self.client = client
        self.prefix = prefix
        self.hasValues = hasValues
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        let wirePrefix = client.desk.wireName(prefix)
        return Iterator(
            client: client,
            request: ListKeysRequest(prefix: wirePrefix, pageSize: 100, keysOnly: !hasValues),
            namespaceBytes: wirePrefix.utf8.count - prefix.utf8.count)
    }

    /// Reads one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let client: HoldfastClient
        var request: ListKeysRequest
        let namespaceBytes: Int
        private var page: ArraySlice<KeyEntry> = []
        private var isAtEnd = false

        init(client: HoldfastClient, request: ListKeysRequest, namespaceBytes: Int) {
            self.client = client
            self.request = request
            self.namespaceBytes = namespaceBytes
        }

        /// The next; `nil` behind the last. Throws `HoldfastError`.
        public mutating func next() async throws -> StoredValue? {
            while page.isEmpty {
                guard !isAtEnd else { return nil }
                try Task.checkCancellation()
                do throws(RPCError) {
                    let response = try await client.keys.listKeys(request)
                    page = response.entries[...]
                    request.pageToken = response.nextPageToken
                    isAtEnd = response.nextPageToken.isEmpty
                } catch {
                    throw HoldfastError(error)
                }
            }
            return page.popFirst().map { entry in
                // By bytes: a key may begin with a mark that would join the slash to one character.
                StoredValue(
                    entry, key: String(Substring(entry.key.utf8.dropFirst(namespaceBytes))))
            }
        }
    }
}
