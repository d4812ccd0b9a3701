/// What `--holdfast-swift_opt` says.
package struct GeneratorOptions: Equatable {
    /// Who may use the generated code.
    package enum Access: String, CaseIterable, Sendable {
        case `public`, package
    }

    /// What is generated.
    package enum Part: String, CaseIterable, Sendable {
        case messages, client, server, descriptors
    }

    package var access = Access.public
    package var parts: Set<Part> = Set(Part.allCases)
    /// The C module that holds what protoc-c makes of the same files.
    package var cModule = ""
    /// The Swift module the generated files become part of: it is not imported.
    package var module = ""
    package var views = false
    package var imports: [String] = []
    /// Whether only the modules that the generated code needs are imported.
    package var isLean = false

    /// The module with what messages are made of.
    var wireModule: String { isLean ? "HoldfastWireProtocol" : "HoldfastWire" }

    /// Shown by `--help` and with errors.
    package static let help = """
          access=public|package   who may use the generated code (default: public)
          emit=PART[+PART...]     messages, client, server, descriptors (default: all)
          c_module=NAME           C module with the output of protoc-c; needed for messages
          module=NAME             Swift module the files become part of; it is not imported
          views=true|false        also make views for reading without copies (default: false)
          import=MODULE           a further module to import (that of the messages, when they are
                                  made elsewhere); may be repeated
          lean=true|false         import HoldfastWireProtocol and HoldfastCalls, which do without
                                  Holdfast's own messages and without serving, instead of
                                  HoldfastWire and HoldfastRPC (default: false)
        """

    package init() {}

    /// Reads "name=value,name=value".
    package init(_ parameter: String) throws(GeneratorError) {
        for option in parameter.split(separator: ",") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch parts[0] {
            case "access":
                guard let access = Access(rawValue: value) else { throw Self.bad(option) }
                self.access = access
            case "emit":
                self.parts = []
                for name in value.split(separator: "+", omittingEmptySubsequences: false) {
                    guard let part = Part(rawValue: String(name)) else { throw Self.bad(option) }
                    self.parts.insert(part)
                }
            case "c_module" where Self.isModule(value): cModule = value
            case "module" where Self.isModule(value): module = value
            case "import" where Self.isModule(value): imports.append(value)
            case "lean" where value == "true" || value == "false": isLean = value == "true"
            case "views" where value == "true" || value == "false": views = value == "true"
            default: throw Self.bad(option)
            }
        }
        guard !self.parts.contains(.messages) || !cModule.isEmpty else {
            throw GeneratorError("option c_module=NAME is missing; messages need it")
        }
    }

    private static func isModule(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
            default: false
            }
        }
    }

    private static func bad(_ option: Substring) -> GeneratorError {
        GeneratorError("unknown option or value \"\(option)\"; the options are:\n\(help)")
    }
}
