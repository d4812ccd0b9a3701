/// What protoc hands to a plugin (google/protobuf/compiler/plugin.proto).
struct GeneratorRequest {
    var filesToGenerate: [String] = []
    var parameter = ""
    var files: [ProtoFile] = []

    init(_ bytes: [UInt8]) throws(BrokenRequest) {
        var reader = DescriptorReader(bytes[...])
        while let (number, value) = try reader.next() {
            switch number {
            case 1: filesToGenerate.append(value.text)
            case 2: parameter = value.text
            case 15: files.append(try ProtoParser.file(value.slice))
            default: break
            }
        }
        guard !filesToGenerate.isEmpty else { throw BrokenRequest() }
    }
}
