import Glibc
import HoldfastCodeGen

/// A request is a few hundred kilobytes of descriptors; this bounds what a wrong pipe can do.
let requestBytesMax = 256 * 1024 * 1024

let help = """
    protoc-gen-holdfast-swift: a protoc plugin that makes Swift messages, clients and servers for
    Holdfast's RPC. protoc runs it:

      protoc --plugin=protoc-gen-holdfast-swift=PATH \\
             --holdfast-swift_out=DIR --holdfast-swift_opt=OPTIONS FILE.proto...

    Options, with commas between them:

    \(GeneratorOptions.help)

    Reads a CodeGeneratorRequest on standard input, writes a CodeGeneratorResponse.
      --help, -h     this text
      --version      the version

    """

func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
        let count = unsafe bytes[sent...].withUnsafeBytes { memory in
            unsafe Glibc.write(descriptor, memory.baseAddress, memory.count)
        }
        if count > 0 { sent += count } else if errno != EINTR { return false }
    }
    return true
}

func readAll() -> [UInt8]? {
    var request: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while request.count <= requestBytesMax {
        let count = unsafe chunk.withUnsafeMutableBytes { memory in
            unsafe read(STDIN_FILENO, memory.baseAddress, memory.count)
        }
        if count == 0 { return request }
        if count > 0 { request += chunk[..<count] } else if errno != EINTR { return nil }
    }
    return nil
}

func fail(_ message: String) -> Never {
    _ = write(Array("protoc-gen-holdfast-swift: \(message)\n".utf8), to: STDERR_FILENO)
    exit(1)
}

switch CommandLine.arguments.dropFirst().first {
case nil:
    guard let request = readAll() else { fail("cannot read standard input") }
    do {
        guard write(try CodeGenerator.respond(to: request), to: STDOUT_FILENO) else {
            fail("cannot write standard output")
        }
    } catch {
        fail("\(error)")
    }
case "--help", "-h":
    _ = write(Array(help.utf8), to: STDOUT_FILENO)
case "--version":
    _ = write(Array("protoc-gen-holdfast-swift 0.1.0\n".utf8), to: STDOUT_FILENO)
case let other?:
    fail("unknown argument \(other); try --help")
}
