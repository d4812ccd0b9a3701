package import HoldfastBase
package import HoldfastNode

/// Changes and reads keys whose registers lie on the nodes: what the server proposes, a value that is
/// told what happened and says what to do.
///
/// A change of a key is: a ballot that a quorum has promised (asked for, or promised together with
/// the last change), the record that was accepted last, the record that the change makes of it, and a
/// quorum that accepts this under the ballot. Whatever waits for the key meanwhile is folded into the
/// next change, so that a key costs one round however many want it. The ballot is used once.
///
/// `idle` → `preparing` → `accepting` → `idle`; `idle` → `accepting` when a ballot is promised already;
/// a round that is lost to another server → `resting` → `preparing`. Too few answers end the batch:
/// what was sent to nodes is `unknown`, the rest `unavailable`.
package struct KeyDesk: Sendable {
    package enum Action: Hashable, Sendable {
        indirect case send(node: NodeIndex, KeyTag, name: String, RegisterStep)
        indirect case list(node: NodeIndex, KeyTag, KeyPage)
        case respond(CallID, KeyOutcome)
        /// To a batch, or a list: what became of each; a list goes on behind `next`, if that is not
        /// empty.
        indirect case respondAll(CallID, [KeyAnswer], next: String)
        case wake(KeyTag, at: Instant)
        /// To a watcher: what a key is.
        indirect case looked(KeyWatcher, name: String, isListed: Bool, KeyOutcome)
        /// To a watcher: names of keys, `nil` where too few nodes said theirs.
        indirect case names(KeyWatcher, [String]?, next: String)
    }

    package internal(set) var actions: [Action] = []
    package internal(set) var statistics = KeyStatistics()
    let quorum: Int
    let proposer: UInt64
    let roundBudget: Interval
    var voters = NodeSet()
    var epoch: UInt64 = 0
    /// The largest counter of a ballot that was used or met.
    var counter: UInt64 = 0
    var states = SlotTable<KeyState>()
    var slots = NameTable<SlotKey>()
    /// Whose round each is. A node that stalls may answer hundreds of rounds of one key late, so that a
    /// small number for each key would come round.
    var rounds = SlotTable<SlotKey>()
    var slotOfCall = KeyTable<CallID, SlotKey>()
    var gatherings = SlotTable<KeyGathering>()
    var gatheringOfCall = KeyTable<CallID, SlotKey>()
    var resting = RestingKeys()
    var tidyings = SlotTable<KeyTidying>()
    /// The names of those.
    var tidied = NameSet()
    /// How long what is left of a deleted key is kept, in milliseconds: so long, a change of it that is
    /// sent again is found made.
    let retention: UInt64
    var generator: SeededGenerator
    var now = Moment(instant: .zero, wallMicroseconds: 0)

    /// How many changes one round takes along.
    package static let batchMax = 64
    /// Between two tries of a round that was lost: at first, and at most.
    static let restMin = Interval.milliseconds(1)
    static let restMax = Interval.milliseconds(128)

    /// - Parameters:
    ///   - proposer: this life of the server, a number nobody else has, below `Ballot.numberMax`.
    ///   - quorum: of all nodes.
    package init(
        proposer: UInt64, quorum: Int, roundBudget: Interval,
        retention: Interval = .seconds(600), seed: UInt64
    ) {
        self.retention = UInt64(clamping: retention.millisecondsRoundedUp)
        self.proposer = proposer % Ballot.numberMax
        self.quorum = quorum
        self.roundBudget = roundBudget
        generator = SeededGenerator(seed: seed)
    }

    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll() }
        return actions
    }

    /// Who may be asked from now on. Rounds under way count those they asked.
    package mutating func votersChanged(to voters: NodeSet, epoch: UInt64) {
        self.voters = voters
        self.epoch = epoch
    }

    /// How much it has of everything that comes and goes.
    package var contents: (keys: Int, calls: Int) {
        (states.count, slotOfCall.count + gatherings.count)
    }

    /// What is kept although nobody asks for it.
    package var idle: (keys: Int, bytes: Int) { (resting.count, resting.bytes) }

    // MARK: What happened

    /// - Parameter operation: names the change; one that is asked for again under the same name is made
    ///   once, as long as the key remembers it.
    package mutating func change(
        _ call: CallID, _ name: String, _ operation: RequestID, _ wanted: KeyChange,
        at moment: Moment
    ) {
        now = moment
        slotOfCall[call] = slot(of: name)
        change(.call(call), name, operation, wanted)
    }

    package mutating func read(_ call: CallID, _ name: String, at moment: Moment) {
        now = moment
        slotOfCall[call] = slot(of: name)
        read(.call(call), name)
    }

    /// Whether the key has this very fence of the lock, as far as this server knows: then the register
    /// says whether it is still the largest.
    func knows(_ guarding: KeyGuard, of name: String) -> Bool {
        guard let slot = slots[name], let record = states[slot]?.warm?.record else { return false }
        return record.guards.contains { $0.lock == guarding.lock && $0.fence == guarding.fence }
    }

    /// Reads a key for a watcher.
    mutating func look(_ watcher: KeyWatcher, _ name: String, isListed: Bool, at moment: Moment) {
        now = moment
        read(.watcher(watcher, name: name, isListed: isListed), name)
    }

    /// The caller does not want the answer any more. What was sent may be made all the same.
    package mutating func callEnded(_ call: CallID, at moment: Moment) {
        now = moment
        if let key = gatheringOfCall.removeValue(forKey: call),
            let gathering = gatherings.remove(key)
        {
            for (place, answer) in gathering.answers.enumerated() {
                guard let slot = slots[answer.name] else { continue }
                leave(.gathering(key, place), slot)
            }
        }
        guard let slot = slotOfCall.removeValue(forKey: call) else { return }
        leave(.call(call), slot)
    }

    private mutating func leave(_ asker: KeyAsker, _ slot: SlotKey) {
        states[slot]?.nextReaders.removeAll { $0 == asker }
        states[slot]?.readers.removeAll { $0 == asker }
        states[slot]?.waiting.removeAll { $0.asker == asker }
        if let place = states[slot]?.batch.firstIndex(where: { $0.asker == asker }) {
            states[slot]?.batch[place].asker = nil
        }
        settle(slot)
    }

    /// - Parameter reply: `nil` where the node gave none, or none that counts.
    package mutating func replied(
        _ node: NodeIndex, _ tag: KeyTag, _ reply: RegisterReply?, at moment: Moment
    ) {
        now = moment
        switch tag.purpose {
        case .change:
            changeAnswered(tag) {
                $0.replied(node, reply)
            } prepared: {
                $0.replied(node, reply)
            }
        case .read:
            readAnswered(tag) {
                $0.replied(node, reply)
            } repaired: {
                $0.replied(node, reply)
            }
        case .tidy:
            tidyAnswered(tag) {
                $0.replied(node, reply)
            } prepared: {
                $0.replied(node, reply)
            }
        case .collect, .list: break
        }
    }

    /// The time that was asked for by `wake` has come.
    package mutating func timePassed(_ tag: KeyTag, at moment: Moment) {
        now = moment
        switch tag.purpose {
        case .change:
            if let slot = slot(ofRound: tag), case .resting = states[slot]?.phase {
                prepare(slot)
            } else {
                changeAnswered(tag) {
                    $0.timeUp()
                } prepared: {
                    $0.timeUp()
                }
            }
        case .read:
            readAnswered(tag) {
                $0.timeUp()
            } repaired: {
                $0.timeUp()
            }
        case .list: listed(tag.slot) { $0.timeUp() }
        case .tidy:
            tidyAnswered(tag) {
                $0.timeUp()
            } prepared: {
                $0.timeUp()
            }
        case .collect: break
        }
    }

    // MARK: Keys

    mutating func change(
        _ asker: KeyAsker, _ name: String, _ operation: RequestID, _ change: KeyChange
    ) {
        let slot = slot(of: name)
        states[slot]?.waiting.append(.init(asker: asker, operation: operation, change: change))
        propose(slot)
    }

    mutating func read(_ asker: KeyAsker, _ name: String) {
        let slot = slot(of: name)
        states[slot]?.nextReaders.append(asker)
        read(slot)
    }

    private mutating func slot(of name: String) -> SlotKey {
        if let slot = slots[name] {
            wake(slot)
            return slot
        }
        let slot = states.insert(KeyState(name: name))
        slots[name] = slot
        return slot
    }

    /// The key whose round of changes under way a tag is of.
    func slot(ofRound tag: KeyTag) -> SlotKey? {
        guard let slot = rounds[tag.slot], states[slot]?.round == tag.slot else { return nil }
        return slot
    }

    mutating func respond(_ asker: KeyAsker?, _ outcome: KeyOutcome) {
        switch asker {
        case .call(let call):
            slotOfCall[call] = nil
            actions.append(.respond(call, outcome))
        case .gathering(let key, let place): gathered(key, place, outcome)
        case .watcher(let watcher, let name, let isListed):
            actions.append(.looked(watcher, name: name, isListed: isListed, outcome))
        case nil: break
        }
    }

    mutating func send(_ slot: SlotKey, _ tag: KeyTag, _ step: RegisterStep) {
        guard let name = states[slot]?.name else { return }
        for node in voters { actions.append(.send(node: node, tag, name: name, step)) }
        actions.append(.wake(tag, at: now.instant + roundBudget))
    }

    var wallMilliseconds: UInt64 { now.wallMicroseconds / 1000 }
}

/// What an answer, or a time that has come, belongs to.
package struct KeyTag: Hashable, Sendable {
    enum Purpose: UInt8, Hashable, Sendable {
        case change
        case read
        /// Nobody waits for the answer.
        case collect
        case list
        case tidy
    }

    var slot: SlotKey
    var number: UInt8
    var purpose: Purpose
}
