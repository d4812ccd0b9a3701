internal import HoldfastBase
internal import HoldfastNode

/// Tidies one key that is due: a value whose time is over is deleted, and what is left of a key that was
/// deleted long ago is taken from the nodes.
///
/// `preparing` → `accepting` → over. A dead register may be dropped once every node has it under the same
/// ballot: then nobody has an older value that could come back, and what is dropped leaves a floor below
/// which nothing is promised or taken, and no version given. Whatever goes wrong ends it; it is due still.
struct KeyTidying: Sendable {
    enum Phase: Sendable {
        case preparing(PrepareRound)
        case accepting(AcceptRound, version: UInt64, Aim)
    }

    enum Aim: Sendable {
        /// It is not due: a node that believes so has an older value, and is told the newest.
        case refresh
        case expire
        /// All nodes have to take it, and drop it then.
        case drop
    }

    let name: String
    let ballot: Ballot
    let epoch: UInt64
    /// All there are.
    let nodes: NodeSet
    var phase: Phase
    /// Which step; answers to others are too late.
    var step: UInt8 = 0
}

extension KeyDesk {
    /// How many keys are tidied at once.
    static let tidyingsMax = 256
    /// A time to live is over by the clocks of all servers, about.
    static let tidyingMargin: UInt64 = 2_000

    /// - Parameter names: of keys that a node says are due.
    package mutating func tidy(_ names: [String], nodes: Int, at moment: Moment) {
        now = moment
        guard voters.count == nodes else { return }
        for name in names where tidyings.count < Self.tidyingsMax && tidied.insert(name) {
            counter += 1
            let tidying = KeyTidying(
                name: name, ballot: Ballot(counter: counter, proposer: proposer), epoch: epoch,
                nodes: voters, phase: .preparing(PrepareRound(asked: voters, quorum: quorum)))
            let key = tidyings.insert(tidying)
            sendTidying(key, .prepare(tidying.ballot))
        }
    }

    /// How many keys are being tidied.
    package var tidying: Int { tidyings.count }

    private mutating func sendTidying(_ key: SlotKey, _ step: RegisterStep) {
        guard let tidying = tidyings[key] else { return }
        let number = tidying.step &+ 1
        tidyings[key]?.step = number
        let tag = KeyTag(slot: key, number: number, purpose: .tidy)
        for node in tidying.nodes {
            actions.append(.send(node: node, tag, name: tidying.name, step))
        }
        actions.append(.wake(tag, at: now.instant + roundBudget))
    }

    mutating func tidyAnswered(
        _ tag: KeyTag, accepted: (inout AcceptRound) -> AcceptRound.Decision,
        prepared: (inout PrepareRound) -> PrepareRound.Decision
    ) {
        guard let tidying = tidyings[tag.slot], tidying.step == tag.number else { return }
        // Who votes may have changed: one of them may have forgotten.
        guard tidying.epoch == epoch, tidying.nodes == voters else { return endTidying(tag.slot) }
        switch tidying.phase {
        case .preparing(var round):
            let decision = prepared(&round)
            tidyings[tag.slot]?.phase = .preparing(round)
            switch decision {
            case .wait: break
            case .promised(let copy): bury(tag.slot, tidying, copy)
            case .conflict(let counter): endTidying(tag.slot, lostTo: counter)
            case .silent: endTidying(tag.slot)
            }
        case .accepting(var round, let version, let aim):
            let decision = accepted(&round)
            tidyings[tag.slot]?.phase = .accepting(round, version: version, aim)
            switch decision {
            case .wait: break
            case .committed:
                switch aim {
                case .refresh: break
                case .expire: statistics.expired += 1
                case .drop:
                    statistics.collected += 1
                    collect(tidying, version)
                }
                endTidying(tag.slot)
            case .conflict(let counter): endTidying(tag.slot, lostTo: counter)
            case .silent: endTidying(tag.slot)
            }
        }
    }

    private mutating func bury(_ key: SlotKey, _ tidying: KeyTidying, _ copy: RegisterCopy) {
        guard let value = copy.value else {
            collect(tidying, 0)
            return endTidying(key)
        }
        guard var record = KeyRecord(value.bytes) else { return endTidying(key) }
        let aim = aim(record)
        if case .expire = aim { record.expire(at: wallMilliseconds) }
        var needed = quorum
        if case .drop = aim { needed = tidying.nodes.count }
        tidyings[key]?.phase = .accepting(
            AcceptRound(asked: tidying.nodes, quorum: needed), version: record.version, aim)
        sendTidying(key, .accept(tidying.ballot, record.encoded(keeping: retention), next: nil))
    }

    private func aim(_ record: KeyRecord) -> KeyTidying.Aim {
        guard record.value != nil else {
            return record.expiresAt &+ retention <= wallMilliseconds ? .drop : .refresh
        }
        let isOver =
            record.expiresAt != 0 && record.expiresAt &+ Self.tidyingMargin <= wallMilliseconds
        return isOver ? .expire : .refresh
    }

    private mutating func collect(_ tidying: KeyTidying, _ version: UInt64) {
        let tag = KeyTag(slot: .none, number: 0, purpose: .collect)
        let floor = max(version, tidying.ballot.counter)
        // The next key that is made has a larger version than this one had.
        counter = max(counter, min(floor, Ballot.numberMax - 1))
        for node in tidying.nodes {
            actions.append(
                .send(
                    node: node, tag, name: tidying.name, .collect(tidying.ballot, floor: floor)))
        }
    }

    private mutating func endTidying(_ key: SlotKey, lostTo counter: UInt64 = 0) {
        self.counter = max(self.counter, min(counter, Ballot.numberMax - 1))
        guard let tidying = tidyings.remove(key) else { return }
        tidied.remove(tidying.name)
    }
}
