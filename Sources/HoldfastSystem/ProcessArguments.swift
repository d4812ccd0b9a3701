/// What the process was told when it was started.
package enum ProcessArguments {
    /// Bytes that are no text: replaced by others they would mean something else, perhaps another lock.
    package struct NotText: Error {
        /// Counted from 1, behind the program's name.
        package let place: Int
    }

    /// The arguments behind the program's name.
    package static func text() throws(NotText) -> [String] {
        var arguments: [String] = []
        for place in 1..<max(1, Int(CommandLine.argc)) {
            guard let bytes = unsafe CommandLine.unsafeArgv[place] else { break }
            guard let text = unsafe String(validatingCString: bytes) else {
                throw NotText(place: place)
            }
            arguments.append(text)
        }
        return arguments
    }
}
