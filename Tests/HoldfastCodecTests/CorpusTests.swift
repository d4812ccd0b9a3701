import Glibc
import HoldfastTestProto
import Testing

/// Every input a fuzzer once found worth keeping still keeps the codec's promises.
@Suite struct CorpusTests {
    @Test func theCorpusIsReplayed() throws {
        let directory = Self.root + "/Fuzz/corpus/messages"
        let names = Self.names(in: directory)
        #expect(names.count > 10)
        for name in names {
            let input = try #require(Self.read(directory + "/" + name))
            #expect(FuzzedMessage.brokenPromise(of: input) == nil, "\(name)")
        }
    }

    private static let root = String(
        #filePath.split(separator: "/").dropLast(3)
            .reduce("") { $0 + "/" + $1 })

    private static func names(in directory: String) -> [String] {
        guard let handle = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                unsafe String(cString: UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe bytes.withUnsafeMutableBytes { memory in
            unsafe fread(memory.baseAddress, 1, memory.count, file)
        }
        return Array(bytes[..<count])
    }
}
