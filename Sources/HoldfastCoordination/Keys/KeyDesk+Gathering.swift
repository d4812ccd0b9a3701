internal import HoldfastBase
package import HoldfastNode

/// Batches and lists: several questions that are answered together.
extension KeyDesk {
    /// How many one batch may have.
    package static let wishesMax = 128

    package mutating func batch(_ call: CallID, _ wishes: [KeyWish], at moment: Moment) {
        now = moment
        guard !wishes.isEmpty else {
            actions.append(.respondAll(call, [], next: ""))
            return
        }
        let key = gatherings.insert(KeyGathering(call: call))
        gatheringOfCall[call] = key
        gather(key, wishes)
    }

    /// The keys that have a value, a page of them.
    package mutating func list(_ call: CallID, _ page: KeyPage, at moment: Moment) {
        now = moment
        var gathering = KeyGathering(call: call)
        gathering.isList = true
        guard voters.count >= quorum else {
            actions.append(.respond(call, .unavailable))
            return
        }
        askForNames(gathering, page)
    }

    /// A page of names for a watcher, also of keys that were deleted lately.
    mutating func names(_ watcher: KeyWatcher, _ page: KeyPage, at moment: Moment) {
        now = moment
        guard voters.count >= quorum else {
            actions.append(.names(watcher, nil, next: ""))
            return
        }
        var gathering = KeyGathering(call: watcher.call)
        gathering.watcher = watcher
        askForNames(gathering, page)
    }

    private mutating func askForNames(_ wanted: KeyGathering, _ page: KeyPage) {
        var gathering = wanted
        gathering.names = NamesRound(asked: voters, quorum: quorum, limit: page.limit)
        let key = gatherings.insert(gathering)
        gatheringOfCall[gathering.call] = key
        let tag = KeyTag(slot: key, number: 0, purpose: .list)
        for node in voters { actions.append(.list(node: node, tag, page)) }
        actions.append(.wake(tag, at: now.instant + roundBudget))
    }

    /// - Parameter page: `nil` where the node gave none.
    package mutating func listed(
        _ node: NodeIndex, _ tag: KeyTag, _ page: (names: [String], more: Bool)?,
        at moment: Moment
    ) {
        now = moment
        listed(tag.slot) { $0.replied(node, page) }
    }

    mutating func listed(_ key: SlotKey, _ step: (inout NamesRound) -> NamesRound.Decision) {
        guard var round = gatherings[key]?.names else { return }
        let decision = step(&round)
        gatherings[key]?.names = round
        switch decision {
        case .wait: break
        case .names(let names, let next):
            if let watcher = gatherings[key]?.watcher {
                take(key)
                actions.append(.names(watcher, names, next: next))
                return
            }
            gatherings[key]?.names = nil
            gatherings[key]?.next = next
            if names.isEmpty { return conclude(key) }
            gather(key, names.map { .read($0) })
        case .silent:
            guard let gathering = take(key) else { return }
            if let watcher = gathering.watcher {
                actions.append(.names(watcher, nil, next: ""))
            } else {
                actions.append(.respond(gathering.call, .unavailable))
            }
        }
    }

    @discardableResult
    private mutating func take(_ key: SlotKey) -> KeyGathering? {
        guard let gathering = gatherings.remove(key) else { return nil }
        if gatheringOfCall[gathering.call] == key { gatheringOfCall[gathering.call] = nil }
        return gathering
    }

    private mutating func gather(_ key: SlotKey, _ wishes: [KeyWish]) {
        gatherings[key]?.answers = wishes.map { wish in
            switch wish {
            case .read(let name), .change(let name, _, _):
                KeyAnswer(name: name, outcome: .unavailable)
            }
        }
        gatherings[key]?.isAnswered = Array(repeating: false, count: wishes.count)
        // One more, so that it does not end before all are asked.
        gatherings[key]?.open = wishes.count + 1
        for (place, wish) in wishes.enumerated() {
            let asker = KeyAsker.gathering(key, place)
            switch wish {
            case .read(let name): read(asker, name)
            case .change(let name, let operation, let wanted):
                change(asker, name, operation, wanted)
            }
        }
        closeOne(key)
    }

    mutating func gathered(_ key: SlotKey, _ place: Int, _ outcome: KeyOutcome) {
        guard gatherings[key]?.isAnswered[place] == false else { return }
        gatherings[key]?.isAnswered[place] = true
        gatherings[key]?.answers[place].outcome = outcome
        closeOne(key)
    }

    private mutating func closeOne(_ key: SlotKey) {
        guard let open = gatherings[key]?.open else { return }
        gatherings[key]?.open = open - 1
        if open == 1 { conclude(key) }
    }

    private mutating func conclude(_ key: SlotKey) {
        guard let gathering = take(key) else { return }
        if gathering.isList, gathering.answers.contains(where: { $0.outcome == .unavailable }) {
            actions.append(.respond(gathering.call, .unavailable))
            return
        }
        var answers = gathering.answers
        // Deleted keys are there until they are collected.
        if gathering.isList { answers.removeAll { $0.outcome == .value(nil) } }
        actions.append(.respondAll(gathering.call, answers, next: gathering.next))
    }
}
