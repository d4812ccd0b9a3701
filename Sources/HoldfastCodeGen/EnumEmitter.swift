/// Writes an enum as an open one: a number with names for the values that were known when the code
/// was generated. A value from a newer peer survives.
struct EnumEmitter {
    let enumeration: ProtoEnum
    let access: String

    func emit(into source: inout SourceText) {
        let name = Names.escaped(Names.type(enumeration.name))
        source.doc(enumeration.origin, otherwise: "The enum `\(enumeration.name)`.")
        source.block(
            "\(access) struct \(name): RawRepresentable, Hashable, Sendable, CustomStringConvertible"
        ) { source in
            source.line("/// The number on the wire.")
            source.line("\(access) var rawValue: Int32")
            source.line()
            source.line("/// The value with this number, which need not be a known one.")
            source.line("\(access) init(rawValue: Int32) { self.rawValue = rawValue }")
            source.line()
            for value in enumeration.values {
                source.doc(value.origin, otherwise: "`\(value.name)`.")
                let member = Names.escaped(Names.enumValue(value.name, of: enumeration.name))
                source.line("\(access) static let \(member) = \(name)(rawValue: \(value.number))")
            }
            source.line()
            source.line("/// The name in the `.proto` file, or the number of an unknown value.")
            source.block("\(access) var description: String") { source in
                source.line("switch rawValue {")
                var named: Set<Int> = []
                for value in enumeration.values where named.insert(value.number).inserted {
                    source.line("case \(value.number): \"\(value.name)\"")
                }
                source.line("default: \"\\(rawValue)\"")
                source.line("}")
            }
        }
    }
}
