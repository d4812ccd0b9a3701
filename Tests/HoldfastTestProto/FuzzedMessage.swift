/// What a fuzzer's bytes mean to the codec, and what must hold for all of them. The first byte
/// chooses the type of the message, the rest is the message.
package enum FuzzedMessage {
    /// Decodes, encodes and decodes again. Says which promise was broken; nil when all were kept.
    package static func brokenPromise(of input: [UInt8]) -> String? {
        guard let selector = input.first else { return nil }
        let known = KnownMessage.all[Int(selector) % KnownMessage.all.count]
        guard case .success(let once) = known.recode(Array(input.dropFirst())) else { return nil }
        switch known.recode(once) {
        case .failure(let error): return "our own encoding is refused: \(error)"
        case .success(let twice): return once == twice ? nil : "\(known.name) does not settle"
        }
    }
}
