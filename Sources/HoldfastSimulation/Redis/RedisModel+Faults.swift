/// What happens to a node at once, unlike what is wrong with it for a while.
extension RedisModel {
    /// Keys that the node holds; the range of indexes for `evict`.
    package var keyCount: Int { dataset.count }

    /// Forgets all data, as `FLUSHALL` does.
    package func wipe() {
        dataset.removeAll()
    }

    /// Forgets all scripts, as `SCRIPT FLUSH` does.
    package func flushScripts() {
        knownScripts = []
    }

    /// Ends all connections and scripts, and the data as well where nothing was kept on disk.
    package func restart(keepingData isKept: Bool, runID: String) {
        self.runID = runID
        if !isKept { dataset.removeAll() }
        knownScripts = []
        connections = [:]
        subscribers = [:]
        messages = []
        faults.isBusy = false
    }

    /// Removes the key of this index, as eviction under pressure does; its name, if there is one.
    @discardableResult
    package func evict(index: Int) -> [UInt8]? {
        let keys = dataset.keys
        guard keys.indices.contains(index) else { return nil }
        dataset.remove(keys[index])
        return keys[index].bytes
    }

    /// The data of now, which a crash may bring back later.
    package func snapshot() -> RedisSnapshot {
        RedisSnapshot(dataset: dataset)
    }

    /// Goes back to earlier data: what was written since is lost, as the end of a log.
    package func roll(backTo snapshot: RedisSnapshot) {
        dataset = snapshot.dataset
    }
}
