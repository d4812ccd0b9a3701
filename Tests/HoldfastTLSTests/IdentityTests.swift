import HoldfastTLS
import Testing

@Suite("Peer identity")
struct IdentityTests {
    /// How a server that requires certificates meets a client with these names.
    private func meet(_ names: [SubjectName]) throws -> Encounter {
        let issuer = try Issuer()
        return try Encounter(
            issuer.client(Issuer.request(names, .client)), issuer.server(clients: issuer))
    }

    private func refusal(_ names: [SubjectName]) throws -> TLSFailure {
        let met = try meet(names)
        let late = try #require(met.clientRead?.failure)
        #expect(late.isAuthentication)
        let failure = try #require(met.server.failure)
        #expect(failure.isAuthentication)
        return failure
    }

    @Test("a URI comes before DNS names")
    func preference() throws {
        let met = try meet([.dns("a.example"), .uri("spiffe://trust.example/a"), .dns("b")])
        #expect(met.identity == PeerIdentity(.uri, "spiffe://trust.example/a"))
    }

    @Test("without a URI the first DNS name counts, in lower case")
    func dnsName() throws {
        let met = try meet([.address("10.0.0.1"), .dns("Worker-1.Example"), .dns("b.example")])
        #expect(met.identity == PeerIdentity(.dns, "worker-1.example"))
    }

    @Test("only a common name is no identity")
    func commonNameOnly() throws {
        #expect(try refusal([]).reason == .identityMissing)
        #expect(try refusal([.address("10.0.0.1")]).reason == .identityMissing)
    }

    @Test("two URIs are no identity, even when equal")
    func twoURIs() throws {
        let name = try SubjectName.uri("holdfast://a/b")
        #expect(try refusal([name, name]).reason == .identityAmbiguous)
    }

    @Test("64 names are read, 65 are not, nor are 1000")
    func manyNames() throws {
        func names(_ count: Int) throws -> [SubjectName] {
            try (1..<count).map { try .dns("n\($0)") } + [try .uri("holdfast://a/b")]
        }
        #expect(try meet(names(64)).identity?.text == "holdfast://a/b")
        #expect(try refusal(names(65)).reason == .tooManyNames)
        #expect(try refusal(names(1000)).reason == .tooManyNames)
    }

    @Test("a certificate message over the limit is refused")
    func hugeCertificate() throws {
        let names = try (0..<3000).map { try SubjectName.dns("name-\($0)") }
        // The alert for it is illegal_parameter, so the client cannot know that it is about its
        // certificate.
        let met = try meet(names)
        #expect(met.server.failure?.reason == .certificateTooLarge)
        #expect(met.clientRead?.failure?.isFromPeer == true)
    }

    @Test("NUL, control characters, blanks, missing scheme and length are refused")
    func malformed() throws {
        let long = "holdfast://" + String(repeating: "x", count: 512 - 10)
        for text in ["holdfast://a\0b", "holdfast://a\nb", "a b:c", "nothing", ":x", "x:", long] {
            let name = SubjectName.unchecked(tag: 0x86, Array(text.utf8))
            #expect(try refusal([name]).reason == .identityMalformed)
        }
        for text in ["a\0.example", "*.example", "", ".a", "a."] {
            let name = SubjectName.unchecked(tag: 0x82, Array(text.utf8))
            #expect(try refusal([name]).reason == .identityMalformed)
        }
    }

    @Test("the longest name is accepted")
    func longest() throws {
        let text = "holdfast://" + String(repeating: "x", count: 512 - 11)
        #expect(try meet([.uri(text)]).identity?.text == text)
    }

    @Test("the description escapes what could end a quoted string")
    func description() throws {
        let identity = try #require(PeerIdentity(.uri, "holdfast://a\"b\\c"))
        #expect("\(identity)" == "holdfast://a\\\"b\\\\c")
        #expect(PeerIdentity(.uri, "holdfast://a\nb") == nil)
        #expect(PeerIdentity(.dns, "a:b") == nil)
    }
}
