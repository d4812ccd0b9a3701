import HoldfastBase
import Testing

@testable import HoldfastCoordination

/// Keys whose hashes a test chooses: many of them meet.
private struct ChosenKey: TableKey, Hashable {
    var number: UInt64
    /// How many different hashes there are.
    var spread: UInt64

    func mixed(with secret: UInt64) -> UInt64 {
        let hash = number % spread
        // The upper half is compared before the key, the lower chooses the place: both meet.
        return hash << 32 | (spread > 8 ? hash : 0xFFFF_FFFF)
    }
}

@Suite("Tables and slabs")
struct KeyTableTests {
    /// Against the language's dictionary, also through copies that are changed apart.
    private func compare<Key: TableKey & Hashable>(
        seed: UInt64, steps: Int, _ key: (Int) -> Key
    ) {
        var generator = SeededGenerator(seed: seed)
        var table = KeyTable<Key, [Int]>()
        var model: [Key: [Int]] = [:]
        var kept: (table: KeyTable<Key, [Int]>, model: [Key: [Int]])?
        var range = 8
        for step in 0..<steps {
            if step % 1024 == 0 {
                range = [4, 64, 1000, 20_000].randomElement(using: &generator) ?? 4
            }
            let key = key(Int.random(in: 0..<range, using: &generator))
            switch Int.random(in: 0..<12, using: &generator) {
            case 0...2:
                table[key] = [step]
                model[key] = [step]
            case 3, 4:
                let index = table.index(of: key, default: [step])
                table[index]?.append(step)
                model[key, default: [step]].append(step)
            case 5:
                table[key]?.append(step)
                model[key]?.append(step)
            case 6...8:
                #expect(table.removeValue(forKey: key) == model.removeValue(forKey: key))
            case 9:
                table[key] = nil
                model[key] = nil
            case 10:
                if !table.isEmpty {
                    let index = Int.random(in: 0..<table.count, using: &generator)
                    model[table.key(at: index)] = nil
                    table.remove(at: index)
                }
            default: if step % 64 == 0 { table.shrink() }
            }
            guard table.count == model.count, table[key] == model[key] else {
                Issue.record("step \(step) of seed \(seed): \(key)")
                return
            }
            if step % 2003 == 0 {
                #expect(agree(table, model))
                // What was copied is as it was, whatever became of the original.
                if let kept { #expect(agree(kept.table, kept.model)) }
                kept = (table, model)
                if step % 2 == 0, let other = kept { (table, model) = other }
            }
        }
        #expect(agree(table, model))
    }

    private func agree<Key: TableKey & Hashable>(
        _ table: KeyTable<Key, [Int]>, _ model: [Key: [Int]]
    ) -> Bool {
        let pairs = Dictionary(uniqueKeysWithValues: table.pairs.map { ($0.key, $0.value) })
        guard pairs == model, Set(table.keys) == Set(model.keys) else { return false }
        return model.keys.allSatisfy { key in
            table.index(of: key).map { table.key(at: $0) == key && table[$0] == model[key] } == true
        }
    }

    @Test("a table does what a dictionary does", arguments: [1, 2, 3] as [UInt64])
    func numbers(seed: UInt64) { compare(seed: seed, steps: 50_000) { UInt64($0) } }

    @Test("also where hashes meet", arguments: [1, 3, 64, 5000] as [UInt64])
    func meeting(spread: UInt64) {
        compare(seed: spread, steps: spread > 8 ? 30_000 : 2500) {
            ChosenKey(number: UInt64($0), spread: spread)
        }
    }

    @Test("also with names that differ in one byte, that are empty, or long")
    func names() {
        let long = String(repeating: "x", count: 511)
        compare(seed: 5, steps: 30_000) { number in
            switch number % 5 {
            case 0: NameKey(String(repeating: "a", count: number / 5 % 40))
            case 1: NameKey(long + String(number))
            case 2: NameKey(String(number) + long)
            case 3: NameKey(String(number))
            default: NameKey(number % 2 == 0 ? "caf\u{E9}" : "cafe\u{301}")
            }
        }
    }

    @Test("also with ids that differ in one bit")
    func ids() {
        compare(seed: 6, steps: 30_000) { number in
            number < 64
                ? RequestID(high: 1 << UInt64(number), low: 0)
                : RequestID(high: 0, low: 1 << UInt64(number % 64) | UInt64(number))
        }
    }

    /// Whoever chooses keys in a row, or with all differences in few bits, must not make them meet.
    @Test("keys that lie regularly are spread", arguments: [0, 8, 24, 40, 52] as [UInt64])
    func regular(shift: UInt64) {
        let secret = KeySecret.make()
        let numbers = (0..<4096 as Range<UInt64>).map { ($0 << shift).mixed(with: secret) & 8191 }
        let names = (0..<4096).map { NameKey("orders/\($0)").mixed(with: secret) & 8191 }
        for hashes in [numbers, names] {
            let most = Dictionary(grouping: hashes) { $0 }.values.map(\.count).max() ?? 0
            #expect(most <= 24)
        }
    }

    /// Counts those that live.
    private final class Counted: Sendable {
        let value: Int
        init(_ value: Int) { self.value = value }
    }

    @Test("a slab keeps and gives back what it was given, also through copies")
    func slab() {
        weak var first: Counted?
        do {
            var slab = Slab<Counted?>()
            for number in 0..<1000 { slab.append(Counted(number)) }
            first = slab[0]
            var copy = slab
            copy.swapAt(0, 999)
            copy[1] = nil
            #expect(copy[0]?.value == 999 && slab[0]?.value == 0 && slab[1]?.value == 1)
            for number in (0..<1000).reversed() {
                #expect(slab.removeLast()?.value == number)
            }
            slab.trim()
            #expect(slab.isEmpty && slab.capacity == 1 && copy.count == 1000)
            #expect(first != nil)
            slab.append(copy[2])
            copy = slab
            #expect(copy[0]?.value == 2)
        }
        #expect(first == nil)
    }

    @Test("a place that is used again is not found by an old key")
    func slots() {
        var table = SlotTable<Int>()
        var model: [SlotKey: Int] = [:]
        var old: [SlotKey] = []
        var generator = SeededGenerator(seed: 9)
        for step in 0..<20_000 {
            if Bool.random(using: &generator) || model.isEmpty, model.count < 500 {
                let key = table.insert(step)
                #expect(model.updateValue(step, forKey: key) == nil)
            } else if let key = model.keys.randomElement(using: &generator) {
                #expect(table.remove(key) == model.removeValue(forKey: key))
                if old.count < 1000 { old.append(key) }
            }
            guard let gone = old.randomElement(using: &generator) else { continue }
            table[gone]? += 1
            guard table[gone] == nil, table.remove(gone) == nil, table.count == model.count else {
                Issue.record("step \(step): \(gone)")
                return
            }
        }
        #expect(Set(table.keys) == Set(model.keys))
        for (key, value) in model { #expect(table[key] == value) }
        table[.none]? += 1
        #expect(table[.none] == nil && !table.contains(.none))
    }
}
