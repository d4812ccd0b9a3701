/// What a message may at most hold before it is decoded.
///
/// protobuf-c has no limits of its own: it recurses as deep as the bytes say and makes up to 68
/// bytes of memory out of one. These numbers bound both before it is called.
package struct ScanLimits: Sendable {
    /// Levels of messages in messages, the outermost included.
    package var depthMax: Int
    /// Fields of the message and of all in it; each element of a packed field counts.
    package var fieldsMax: Int
    /// Memory that decoding may take for each byte of the message, …
    package var memoryPerByteMax: Int
    /// … beside this.
    package var memoryBaseBytes: Int

    /// What a server takes from a client.
    package static let request = ScanLimits(
        depthMax: 16, fieldsMax: 4096, memoryPerByteMax: 16, memoryBaseBytes: 64 * 1024)

    /// What a client takes from a server: answers are lists (a page of 1000 connections has 13 000
    /// fields), and the peer is one whose certificate was checked.
    package static let response = ScanLimits(
        depthMax: 16, fieldsMax: 65_536, memoryPerByteMax: 16, memoryBaseBytes: 64 * 1024)

    package init(depthMax: Int, fieldsMax: Int, memoryPerByteMax: Int, memoryBaseBytes: Int) {
        self.depthMax = depthMax
        self.fieldsMax = fieldsMax
        self.memoryPerByteMax = memoryPerByteMax
        self.memoryBaseBytes = memoryBaseBytes
    }

    /// Memory that decoding `messageBytes` may take.
    package func memoryBytesMax(messageBytes: Int) -> Int {
        let (product, overflow) = messageBytes.multipliedReportingOverflow(by: memoryPerByteMax)
        let (sum, carried) = product.addingReportingOverflow(memoryBaseBytes)
        return overflow || carried ? .max : sum
    }
}
