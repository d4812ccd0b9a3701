import HoldfastRedis
import Testing

@Suite("The scripts that are shipped")
struct ShippedScriptTests {
    @Test("are the text that was made from the files, and have no planted mistake")
    func noPlants() {
        for script in NodeScript.allCases {
            #expect(NodeScript.set[script.rawValue].source == script.source)
            #expect(!script.source.lowercased().contains("plant"))
            #expect(script.source.hasPrefix("#!lua"))
        }
    }
}
