import HoldfastServer
import Testing

@Suite struct ListenAddressTests {
    @Test func addresses() {
        #expect(ListenAddress("[::1]:7420")?.host == "::1")
        #expect(ListenAddress("[::1]:7420")?.description == "[::1]:7420")
        #expect(ListenAddress("localhost:0")?.port == 0)
        for text in ["", ":1", "a", "a:", "a:65536", "a:-1", "::1:80", "[]:1", "[a]:1", "a b:1"] {
            #expect(ListenAddress(text) == nil, "\(text)")
        }
        #expect(ListenAddress("127.0.0.1:1")?.isLoopback == true)
        #expect(ListenAddress("127.evil.example:1")?.isLoopback == false)
    }
}
