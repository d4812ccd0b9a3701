/// What is wrong with a `.proto` file or an option, for the person who wrote it.
package struct GeneratorError: Error, Equatable, CustomStringConvertible {
    /// One line, or several: "echo.proto:12: EchoRequest.note: proto3 optional is not supported…".
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
