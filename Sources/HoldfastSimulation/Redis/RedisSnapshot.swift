/// The data of a node at one moment, to go back to when the end of its log is lost.
package struct RedisSnapshot: Sendable {
    let dataset: RedisDataset
}
