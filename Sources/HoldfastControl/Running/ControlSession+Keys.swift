internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastSettings
internal import HoldfastWire

/// Keys.
extension ControlSession {
    func kv(_ command: KeyCommand) async throws -> ExitStatus {
        let keys = client.keys
        switch command {
        case .get(let request, let isRaw):
            let response = try await keys.getKey(request, options: options)
            guard isRaw, let entry = response.entry else {
                return try show(KeyAnswer.make(response, key: request.key))
            }
            guard let answer = KeyAnswer.raw(entry) else {
                throw ArgumentError("the value is no text: -o json shows it in base64")
            }
            return try show(answer)
        case .put(var request, let file, let id):
            if let file { request.value = try files.needed(file) }
            return try show(
                KeyAnswer.make(try await keys.putKey(request, options: waiting(0, id))))
        case .delete(let request, let id):
            return try show(
                KeyAnswer.make(try await keys.deleteKey(request, options: waiting(0, id))))
        case .list(let request, let limit): return try await listKeys(request, limit)
        case .watch(let request, let isInitialOnly):
            return try await watchKeys(request, isInitialOnly)
        }
    }

    /// Shows changes until Ctrl-C, as `watch` does for locks.
    private func watchKeys(
        _ first: WatchKeysRequest, _ isInitialOnly: Bool
    ) async throws -> ExitStatus {
        var request = first
        return try await following { options, heard in
            for try await element in client.keys.watchKeys(request, options: options) {
                heard()
                request.follow(element)
                if isInitialOnly, case .synced = element.event { return true }
                let time = console.now().secondText
                if let answer = KeyAnswer.make(element, time: time) { try show(answer) }
            }
            return false
        }
    }

    private func listKeys(_ first: ListKeysRequest, _ limit: Int) async throws -> ExitStatus {
        var all: [KeyEntry] = []
        var request = first
        while limit == 0 || all.count < limit {
            if limit > 0 { request.pageSize = UInt32(min(500, limit - all.count)) }
            let page = try await client.keys.listKeys(request, options: options)
            all += page.entries
            if page.nextPageToken.isEmpty { break }
            guard page.nextPageToken != request.pageToken else {
                throw RPCError(.internal, "the server's list of keys does not end")
            }
            request.pageToken = page.nextPageToken
        }
        return try show(KeyAnswer.make(all, hasValues: !first.keysOnly))
    }
}
