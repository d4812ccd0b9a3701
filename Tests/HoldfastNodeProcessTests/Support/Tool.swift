import Foundation

/// Runs a program to its end and returns what it wrote.
///
/// The output goes through a file: a pipe would stay open as long as any process lives that another
/// test happened to start meanwhile.
func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
    let folder = try Folder()
    try folder.write("output", "")
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder["output"]))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = file
    process.standardError = file
    try process.run()
    process.waitUntilExit()
    try file.close()
    return (process.terminationStatus, folder.read("output"))
}
