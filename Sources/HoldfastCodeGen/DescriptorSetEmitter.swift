/// Writes the descriptors of all files of a request as one constant: what reflection, JSON and
/// tools need at run time.
enum DescriptorSetEmitter {
    private static let charactersPerLine = 88

    static func file(_ files: [ProtoFile], options: GeneratorOptions) -> CodeGenerator.File {
        var set = DescriptorWriter()
        for file in files { set.put(1, file.strippedBytes) }
        let access = options.access.rawValue
        let names = files.map(\.name).joined(separator: ", ")
        var source = SourceText.header(origin: names)
        FileEmitter.imports([options.wireModule], options, &source)
        if options.module != options.wireModule || !options.imports.isEmpty { source.line() }
        source.line("/// The descriptors this module was generated from.")
        source.block("\(access) enum ProtoDescriptors") { source in
            source.line(
                "/// A `google.protobuf.FileDescriptorSet` of these files, without comments.")
            source.line(
                "\(access) static let fileDescriptorSet = DescriptorSet(base64: \"\"\"")
            var rest = base64(set.bytes)[...]
            while !rest.isEmpty {
                let isLast = rest.count <= charactersPerLine
                source.line("    \(rest.prefix(charactersPerLine))\(isLast ? "" : "\\")")
                rest = rest.dropFirst(charactersPerLine)
            }
            source.line("    \"\"\")")
        }
        return CodeGenerator.File(name: "Descriptors.pb.swift", text: source.text)
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(3 - group.count) * 8
            for position in 0..<4 {
                let isPadding = position > group.count
                let index = Int(bits >> UInt32(18 - 6 * position) & 63)
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[index])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
