import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// One or several questions about keys that are sent together, and sent again, to another server under
/// the same ids, while nobody knows what came of them. Records what was asked and told.
final class KeyErrand {
    struct Wish {
        let key: String
        let kind: KeyCall.Kind
        var condition = KeyChange.Condition.none
    }

    private unowned let client: SimulatedClient
    private let isBatch: Bool
    private let patience: Interval
    private let done: ([KeyCall]) -> Void
    private let ids: [RequestID]
    /// Places in the world's list.
    private var records: [Int] = []
    private var sendingsLeft: Int

    init(
        _ client: SimulatedClient, _ wishes: [Wish], ids: [RequestID], isBatch: Bool,
        patience: Interval, sendings: Int, done: @escaping ([KeyCall]) -> Void
    ) {
        self.client = client
        self.isBatch = isBatch
        self.patience = patience
        self.done = done
        self.ids = ids
        sendingsLeft = sendings
        for wish in wishes { records.append(client.world.opened(wish, client.index)) }
    }

    /// Those that no answer has decided.
    private var open: [Int] {
        records.indices.filter { world.keyCalls[records[$0]].returned == .never }
    }

    private var world: World { client.world }

    func send() {
        sendingsLeft -= 1
        let open = open
        for place in open { world.keyCalls[records[place]].calledLast = world.now }
        let request: CoordinationRequest =
            isBatch ? .batchKeys(open.map { wish($0) }) : Self.single(wish(open[0]))
        client.call(request, patience: patience) { [self] answer in answered(answer, open) }
    }

    private static func single(_ wish: KeyWish) -> CoordinationRequest {
        switch wish {
        case .read(let key): .readKey(key)
        case .change(let key, let operation, let change):
            .changeKey(key, operation: operation, change)
        }
    }

    private func wish(_ place: Int) -> KeyWish {
        let call = world.keyCalls[records[place]]
        switch call.kind {
        case .read: return .read(call.key)
        case .put(let ttl):
            let put = KeyChange.Kind.put(KeyValue.bytes(call.number), ttlMilliseconds: ttl)
            return .change(call.key, ids[place], KeyChange(put, if: call.condition))
        case .delete:
            return .change(call.key, ids[place], KeyChange(.delete, if: call.condition))
        }
    }

    private func answered(_ answer: CallAnswer, _ asked: [Int]) {
        switch answer {
        case .outcome(.key(let outcome)):
            closed(records[asked[0]], outcome)
        case .outcome(.keys(let answers, _)):
            if answers.map(\.name) != asked.map({ world.keyCalls[records[$0]].key }) {
                world.complain(.keys, "client \(client.index)", "other keys were answered")
                return
            }
            for (place, answer) in zip(asked, answers) { closed(records[place], answer.outcome) }
        case .outcome(.failed(let failure)) where failure.code == .unavailable:
            client.moveOn()
        case .notSent: break
        case .outcome, .broken: for place in asked { isUncertain(records[place]) }
        }
        guard !open.isEmpty else { return finish() }
        guard sendingsLeft > 0 else {
            for place in open where !world.keyCalls[records[place]].wasUncertain {
                world.closed(records[place], .refused)
            }
            return finish()
        }
        world.coverage.note(.keyRepeats)
        client.after(.milliseconds(client.draw(1...120)), "send keys again") { [self] in send() }
    }

    private func finish() { done(records.map { world.keyCalls[$0] }) }

    private func isUncertain(_ record: Int) {
        world.keyCalls[record].wasUncertain = true
    }

    private func closed(_ record: Int, _ outcome: KeyOutcome) {
        switch outcome {
        case .applied(let version): world.closed(record, .applied(version: version))
        case .mismatch(let view): world.closed(record, .mismatch(KeyValue.sight(view)))
        case .value(let view): world.closed(record, .value(KeyValue.sight(view)))
        case .unknown: isUncertain(record)
        case .unavailable: break
        case .stale, .unproved, .tooManyGuards:
            world.complain(.keys, world.keyCalls[record].key, "guarded, and nobody asked for it")
        case .malformed:
            world.complain(.keys, world.keyCalls[record].key, "a record that nobody wrote")
        }
    }
}

/// The bytes of values: each says by which put they were written.
enum KeyValue {
    static func bytes(_ number: UInt64) -> [UInt8] { Array("put \(number)".utf8) }

    static func sight(_ view: KeyView?) -> KeySight? {
        guard let view else { return nil }
        let words = String(decoding: view.value, as: UTF8.self).split(separator: " ")
        let writer = words.count == 2 && words[0] == "put" ? UInt64(words[1]) : nil
        return KeySight(version: view.version, writer: writer ?? 0)
    }
}
