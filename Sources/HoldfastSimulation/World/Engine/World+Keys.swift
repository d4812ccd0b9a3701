import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// What callers of keys asked and were told, and what keys leave behind.
extension World {
    var hasStore: Bool { scenario.traits.contains(.store) }

    /// Says what is about to be asked; tells the place of the record.
    func opened(_ wish: KeyErrand.Wish, _ client: Int) -> Int {
        keysAsked.insert(wish.key)
        keyCalls.append(
            KeyCall(
                number: UInt64(keyCalls.count + 1), client: UInt32(client), key: wish.key,
                kind: wish.kind, condition: wish.condition, called: now))
        return keyCalls.count - 1
    }

    /// Says what came of it.
    func closed(_ record: Int, _ told: KeyCall.Told) {
        coverage.note(told.probe)
        keyCalls[record].returned = now
        keyCalls[record].told = told
    }

    /// Whether a server knows of a node that has no say about keys.
    var isNodeLearning: Bool {
        hasStore && servers.contains { $0.isUp && !$0.brain.cluster.learners.isEmpty }
    }

    /// Holds what callers were told against what is promised.
    func judgeKeys() -> KeyCheck {
        let wrongClocks: Set<ScenarioTrait> = [.serverClock, .blindClocks]
        let isAnyTime = !scenario.traits.isDisjoint(with: wrongClocks)
        // Wall clocks differ by 80 ms each way, and drift.
        var check = KeyCheck(clockSlack: isAnyTime ? nil : .milliseconds(250))
        check.run(keyCalls)
        return check
    }

    /// What lies on nodes must be what callers asked for, and nothing may be learning.
    func judgeRegisters() {
        // Where nobody works with them, two nodes at a time may have forgotten them.
        guard hasStore else { return }
        let names = keysAsked.sorted()
        for (index, host) in nodes.enumerated() {
            let left = host.node.registers(among: names)
            if left.isLearning { complain(.leaks, "node \(index)", "still learns") }
            if left.others > 0 {
                complain(.leaks, "node \(index)", "\(left.others) registers nobody asked for")
            }
            for name in left.listed.symmetricDifference(left.valued).sorted().prefix(1) {
                complain(
                    .leaks, "node \(index)", "\(name) is listed and has no value, or the reverse")
            }
        }
    }
}

extension KeyCall.Told {
    fileprivate var probe: Coverage.Probe {
        switch self {
        case .applied: .keyChanges
        case .mismatch: .keyMismatches
        case .value: .keyReads
        case .refused, .unknown: .keyRefusals
        }
    }
}

/// What a node has of registers.
package struct RegisterResidue: Hashable, Sendable {
    package var isLearning = false
    /// How many have other names.
    package var others = 0
    /// Those that hold a value.
    package var valued: Set<String> = []
    /// Those that a list finds.
    package var listed: Set<String> = []
}
