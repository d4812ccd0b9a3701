import CHiredis
import HoldfastBase
import HoldfastRedis
import Testing

@Suite("Commands")
struct CommandWriterTests {
    /// What hiredis makes of the same words.
    private func oracle(_ words: [[UInt8]]) -> [UInt8] {
        let copies = unsafe words.map { word in
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(1, word.count))
            for (index, byte) in word.enumerated() { unsafe copy[index] = CChar(bitPattern: byte) }
            return unsafe copy
        }
        defer { unsafe copies.forEach { unsafe $0.deallocate() } }
        var pointers = unsafe copies.map { unsafe UnsafePointer<CChar>($0.baseAddress) }
        var sizes = words.map(\.count)
        var target: UnsafeMutablePointer<CChar>?
        let size = unsafe redisFormatCommandArgv(
            &target, Int32(words.count), &pointers, &sizes)
        defer { unsafe redisFreeCommand(target) }
        return unsafe Array(UnsafeRawBufferPointer(start: target, count: Int(size)))
    }

    private func bytes(_ writer: borrowing RedisCommandWriter) -> [UInt8] {
        unsafe writer.bytes.withUnsafeBytes { unsafe Array($0) }
    }

    @Test("as hiredis writes them, random words")
    func oracle() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let words = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                let sizes = [0, 1, 9, 10, 99, 100, 999, 1000, 70_000]
                let size = sizes[Int.random(in: 0..<sizes.count, using: &random)]
                return (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            var writer = RedisCommandWriter()
            writer.begin(words: words.count)
            for word in words { writer.append(word) }
            #expect(bytes(writer) == oracle(words))
            expect(writer.missing, is: 0)
        }
    }

    @Test(
        "numbers are written in decimal",
        arguments: [0, 1, -1, 9, 10, -10, 99, 100, 12_345, .max, .min] as [Int64])
    func numbers(_ number: Int64) {
        var writer = RedisCommandWriter()
        writer.begin(words: 2)
        writer.append("N")
        writer.append(number)
        #expect(bytes(writer) == oracle([Array("N".utf8), Array(String(number).utf8)]))
    }

    @Test("the largest number")
    func largest() {
        var writer = RedisCommandWriter()
        writer.begin(words: 1)
        writer.append(UInt64.max)
        #expect(bytes(writer) == oracle([Array("18446744073709551615".utf8)]))
    }

    @Test("a script call is EVALSHA with the digest, and may be written again")
    func call() {
        let set = SessionStory.scripts
        var call = ScriptCall()
        for round in 0..<3 {
            call.begin(1, of: set, keys: 2, arguments: 1)
            expect(call.isWhole, is: false)
            call.append("a")
            call.append([0, 255])
            call.append(UInt64(round))
            expect(call.isWhole, is: true)
            let words = [
                "EVALSHA", "7f923f79fe76194c868d7e1d0820de36700eb649", "2", "a",
            ].map { Array($0.utf8) }
            let right = oracle(words + [[0, 255], Array("\(round)".utf8)])
            let written = unsafe call.bytes.withUnsafeBytes { unsafe Array($0) }
            #expect(written == right)
        }
    }

    @Test("the password shows in no description")
    func secrets() {
        let credentials = NodeCredentials(user: "holdfast", password: "s3cret")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("s3cret"))
    }
}
