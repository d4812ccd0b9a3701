import HoldfastBase
import HoldfastCoordination
import HoldfastSimulation

/// A history of one key that is kept by something that is right: each question has its effect at one
/// moment between being asked and answered, and some answers are lost.
struct ReferenceKey {
    private(set) var calls: [KeyCall] = []
    private var generator: SeededGenerator
    private var version: UInt64 = 0
    private var writer: UInt64?

    /// - Parameter lost: of how many in a hundred the answer is lost; of half of them also the question.
    init(seed: UInt64, count: Int, clients: Int = 5, lost: Int = 10) {
        generator = SeededGenerator(seed: seed)
        version = UInt64.random(in: 1...90, using: &generator)
        var asked: [(effect: Int64, call: KeyCall, ends: Int64)] = []
        var free = Array(repeating: Int64(0), count: clients)
        for number in 1...UInt64(count) {
            let client = Int.random(in: 0..<clients, using: &generator)
            let called = free[client] + Int64.random(in: 1...40, using: &generator)
            let ends = called + Int64.random(in: 1...30, using: &generator)
            free[client] = ends
            let call = call(number, client, at: called)
            let effect = Int64.random(in: called...ends, using: &generator)
            // One whose answer is lost may have its effect long after.
            let isLost = Int.random(in: 0..<100, using: &generator) < lost
            let late = isLost ? Int64.random(in: 0...300, using: &generator) : 0
            asked.append((effect + late, call, isLost ? .max : ends))
        }
        for one in asked.sorted(by: { $0.effect < $1.effect }) { happen(one.call, one.ends) }
        // Conditions ask for the version that was seen last, so they are known only now.
        calls.shuffle(using: &generator)
    }

    private mutating func call(_ number: UInt64, _ client: Int, at called: Int64) -> KeyCall {
        let kind: KeyCall.Kind =
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4: .read
            case 4..<8: .put(ttlMilliseconds: 0)
            default: .delete
            }
        var condition = KeyChange.Condition.none
        if kind != .read {
            condition =
                [.none, .none, .absent, .present, .version(0)].randomElement(
                    using: &generator) ?? .none
        }
        return KeyCall(
            number: number, client: UInt32(client), key: "k", kind: kind, condition: condition,
            called: Story.ms(called))
    }

    private mutating func happen(_ asked: KeyCall, _ ends: Int64) {
        var call = asked
        if case .version = asked.condition {
            // Right, or a little old.
            let age = UInt64.random(in: 0...1, using: &generator)
            call = KeyCall(
                number: asked.number, client: asked.client, key: asked.key, kind: asked.kind,
                condition: .version(version - min(version, age)), called: asked.called)
        }
        let isLost = ends == .max
        if isLost, Bool.random(using: &generator) {
            calls.append(call)
            return
        }
        let told = apply(call)
        if !isLost {
            call.told = told
            call.returned = Story.ms(ends)
        }
        calls.append(call)
    }

    private mutating func apply(_ call: KeyCall) -> KeyCall.Told {
        let sight = writer.map { KeySight(version: version, writer: $0) }
        if call.kind == .read { return .value(sight) }
        let holds =
            switch call.condition {
            case .none: true
            case .absent: sight == nil
            case .present: sight != nil
            case .version(let wanted): sight?.version == wanted
            }
        guard holds else { return .mismatch(sight) }
        if call.kind == .delete, sight == nil { return .value(nil) }
        version += 1
        writer = call.kind == .delete ? nil : call.number
        return .applied(version: version)
    }
}
