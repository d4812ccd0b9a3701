import Foundation
import HoldfastBase
import HoldfastTestWire
import Testing

/// Every input a fuzzer found worth keeping, and many made of them, keep the promises.
@Suite struct FrameCorpusTests {
    static let inputs: [(name: String, bytes: [UInt8])] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "Fuzz/corpus/frames")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { name in
            (name, [UInt8]((try? Data(contentsOf: folder.appending(path: name))) ?? Data()))
        }
    }()

    @Test func theCorpusIsReplayed() {
        #expect(Self.inputs.count > 15)
        for (name, bytes) in Self.inputs {
            #expect(!bytes.isEmpty)
            #expect(FuzzedConnection.brokenPromise(of: bytes) == nil, "\(name)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func spoiledInputsKeepThePromises(_ seed: UInt64)
    {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            guard let one = Self.inputs.randomElement(using: &random),
                let other = Self.inputs.randomElement(using: &random)
            else { return }
            var bytes = one.bytes + other.bytes.dropFirst()
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2 where bytes.count > 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...8, using: &random), at: place)
                }
            }
            let broken = FuzzedConnection.brokenPromise(of: bytes)
            #expect(broken == nil, "\(bytes)")
            if broken != nil { return }
        }
    }
}
