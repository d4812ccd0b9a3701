import Testing

@testable import HoldfastTLS

@Suite("Subject names in DER")
struct DERTests {
    private func read(_ bytes: [UInt8]) -> Result<PeerIdentity, IdentityProblem> {
        do throws(IdentityProblem) {
            return .success(try SubjectNames.identity(bytes.span))
        } catch {
            return .failure(error)
        }
    }

    @Test("every cut of a valid value is malformed and none traps")
    func truncation() throws {
        let names: [SubjectName] = [try .dns("a.example"), try .uri("holdfast://a/b")]
        let whole = SubjectName.encode(names)
        #expect(read(whole) == .success(try #require(PeerIdentity(.uri, "holdfast://a/b"))))
        for count in whole.indices {
            #expect(read(Array(whole[..<count])) == .failure(.malformed))
        }
        #expect(read(whole + [0]) == .failure(.malformed))
    }

    @Test("lengths that lie are malformed")
    func lengths() {
        let values: [[UInt8]] = [
            [], [0x30], [0x30, 0x80], [0x30, 0x84, 0, 0, 0, 0], [0x30, 0x82, 0xff],
            [0x30, 0x83, 0xff, 0xff, 0xff], [0x31, 0x00], [0x30, 2, 0x86, 1], [0x30, 1, 0x86],
            [0x30, 4, 0x86, 0x83, 0xff, 0xff],
        ]
        for value in values { #expect(read(value) == .failure(.malformed)) }
        #expect(read([0x30, 0]) == .failure(.missing))
    }

    @Test("random bytes never trap")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if count > 1, Bool.random(using: &generator) {
                bytes[0] = 0x30
                bytes[1] = UInt8(count - 2)
            }
            _ = read(bytes)
        }
    }

    @Test("a protocol list that lies about its lengths matches nothing")
    func protocols() throws {
        let list = try ProtocolList(["b", "aa"])
        let good: [UInt8] = [2, 0x61, 0x61, 1, 0x62]
        #expect(list.choose(from: good.span) == 4..<5)
        let malformed: [[UInt8]] = [[], [0], [5, 0x62], [0, 1, 0x62], [3, 0x62, 1, 0x62]]
        for bytes in malformed { #expect(list.choose(from: bytes.span) == nil) }
        #expect(throws: TLSError.self) { try ProtocolList([]) }
        #expect(throws: TLSError.self) { try ProtocolList([""]) }
        #expect(throws: TLSError.self) {
            try ProtocolList((0...TLSLimits.protocolsMax).map { "p\($0)" })
        }
    }
}
