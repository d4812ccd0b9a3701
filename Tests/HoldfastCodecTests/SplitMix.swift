import HoldfastTestProto

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number whose size, not value, is even: small ones and the ends are as likely as large ones.
    mutating func number<Number: FixedWidthInteger>() -> Number {
        Number(truncatingIfNeeded: next() >> UInt64.random(in: 0..<64, using: &self))
            ^ (Bool.random(using: &self) ? 0 : ~0)
    }

    mutating func list<Element>(_ make: (inout SplitMix) -> Element) -> [Element] {
        (0..<Int.random(in: 0...3, using: &self)).map { _ in make(&self) }
    }

    mutating func text() -> String {
        let alphabet: [Character] = ["a", "Z", "/", "é", "€", "🙂", "\u{301}", "~", "\u{1}"]
        let count = Int.random(in: 0...12, using: &self)
        return String((0..<count).map { _ in alphabet.randomElement(using: &self) ?? "a" })
    }

    mutating func bytes() -> [UInt8] {
        let count = Int.random(in: 0...20, using: &self)
        return (0..<count).map { _ in number() }
    }

    mutating func leaf() -> Leaf { Leaf(value: number()) }

    mutating func inner() -> Everything.Inner {
        Everything.Inner(note: text(), mode: Everything.Inner.Mode(rawValue: number()))
    }

    mutating func choice() -> Everything.Choice? {
        switch Int.random(in: 0...7, using: &self) {
        case 0: .number(number())
        case 1: .text(text())
        case 2: .blob(bytes())
        case 3: .leaf(leaf())
        case 4: .inner(inner())
        case 5: .color(Color(rawValue: number()))
        case 6: .flag(.random(using: &self))
        default: nil
        }
    }

    mutating func everything() -> Everything {
        var made = Everything(
            anInt32: number(), anInt64: number(), aUint32: number(), aUint64: number(),
            aSint32: number(), aSint64: number(), aFixed32: number(), aFixed64: number(),
            aSfixed32: number(), aSfixed64: number(),
            aFloat: Float(Int8(truncatingIfNeeded: next())),
            aDouble: Double(Int32(truncatingIfNeeded: next())) / 3, aBool: .random(using: &self))
        made.aString = text()
        made.aBytes = bytes()
        made.aColor = Color(rawValue: number())
        made.aLeaf = Bool.random(using: &self) ? leaf() : nil
        made.int32s = list { $0.number() }
        made.int64s = list { $0.number() }
        made.uint32s = list { $0.number() }
        made.uint64s = list { $0.number() }
        made.sint32s = list { $0.number() }
        made.sint64s = list { $0.number() }
        made.fixed32s = list { $0.number() }
        made.fixed64s = list { $0.number() }
        made.sfixed32s = list { $0.number() }
        made.sfixed64s = list { $0.number() }
        made.floats = list { Float(Int8(truncatingIfNeeded: $0.next())) }
        made.doubles = list { Double(Int32(truncatingIfNeeded: $0.next())) / 3 }
        made.bools = list { .random(using: &$0) }
        made.strings = list { $0.text() }
        made.blobs = list { $0.bytes() }
        made.colors = list { Color(rawValue: $0.number()) }
        made.leaves = list { $0.leaf() }
        made.loose = list { $0.number() }
        made.choice = choice()
        made.nested = Bool.random(using: &self) ? inner() : nil
        made.far = number()
        made.farthest = text()
        return made
    }
}
