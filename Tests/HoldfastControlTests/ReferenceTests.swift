import Foundation
import HoldfastControl
import Testing

@Suite struct ReferenceTests {
    /// `HOLDFAST_WRITE_DOCS=1 swift test --filter theDocumentationIsCurrent` writes it anew.
    @Test func theDocumentationIsCurrent() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../docs/holdfastctl.md")
            .standardized
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_DOCS"] == "1" {
            try Data(ControlReference.document.utf8).write(to: page)
        }
        let committed = try String(contentsOf: page, encoding: .utf8)
        #expect(committed == ControlReference.document)
    }
}
