internal import HoldfastBase
internal import HoldfastNode

/// Keys: the brain brings the desk what happens, and carries out what it says.
extension Brain {
    mutating func requestedKeys(_ call: CallID, _ request: CoordinationRequest) {
        guard !mustProve(call, request) else { return }
        switch request {
        case .readKey(let name): keys.read(call, name, at: now)
        case .changeKey(let name, let operation, let change):
            keys.change(call, name, operation, change, at: now)
        case .batchKeys(let wishes): keys.batch(call, wishes, at: now)
        case .listKeys(let page): keys.list(call, page, at: now)
        default: unreachable("not about keys")
        }
        runKeys()
    }

    /// Who votes may have changed. Before anything else is told, for what the desk wants sent is sent
    /// in the epoch that it believes in.
    mutating func votersKnown() {
        guard keys.voters != cluster.keyVoters || keys.epoch != cluster.epoch else { return }
        keys.votersChanged(to: cluster.keyVoters, epoch: cluster.epoch)
    }

    mutating func keyAnswered(_ node: NodeIndex, _ tag: Tag, _ reply: NodeReply) {
        var answer: RegisterReply?
        if case .register(let reply) = reply { answer = reply }
        if answer == .learning { learns(node) }
        keys.replied(node, KeyTag(tag), answer, at: now)
        runKeys()
    }

    mutating func keysListed(_ node: NodeIndex, _ tag: Tag, _ reply: NodeReply) {
        var page: (names: [String], more: Bool)?
        if case .names(let names, let next) = reply { page = (names, next != 0) }
        if case .register(.learning) = reply { learns(node) }
        keys.listed(node, KeyTag(tag), page, at: now)
        runKeys()
    }

    // MARK: Tidying

    /// Asks one node after the other which keys are due to be tidied, while all of them vote.
    mutating func tidyBeat() {
        guard now.instant >= nextTidying, keys.tidying == 0,
            cluster.keyVoters.count == cluster.configuration.nodes
        else { return }
        // Several servers that tidy the same keys at once only get in each other's way.
        nextTidying = now.instant + .seconds(2) + jitter(.seconds(4))
        tidyNode = (tidyNode + 1) % cluster.configuration.nodes
        let time = now.wallMicroseconds / 1000
        send(
            tidyNode, Tag(.keyDue),
            .dueRegisters(
                before: time - min(time, KeyDesk.tidyingMargin), limit: KeyDesk.tidyingsMax))
    }

    mutating func keysDue(_ node: NodeIndex, _ reply: NodeReply) {
        guard case .names(let names, _) = reply else { return }
        // Where there are more, they are asked for with the next beat.
        if names.count == KeyDesk.tidyingsMax { nextTidying = now.instant }
        keys.tidy(names, nodes: cluster.configuration.nodes, at: now)
        runKeys()
    }

    mutating func keyTimePassed(_ tag: KeyTag) {
        keys.timePassed(tag, at: now)
        runKeys()
    }

    private mutating func learns(_ node: NodeIndex) {
        cluster.learningKnown(node, isLearning: true)
        votersKnown()
    }

    mutating func runKeys() {
        // What comes of one action is done behind the others: in the order in which it was wanted.
        guard !isRunningKeys else { return }
        isRunningKeys = true
        while !keys.actions.isEmpty {
            for action in keys.takeActions() { perform(action) }
        }
        isRunningKeys = false
    }

    private mutating func perform(_ action: KeyDesk.Action) {
        switch action {
        case .send(let node, let tag, let name, let step):
            send(node, Tag(tag), .register(name: name, step))
        case .list(let node, let tag, let page):
            send(
                node, Tag(tag),
                .listRegisters(prefix: page.prefix, after: page.after, limit: page.limit))
        case .wake(let tag, let instant): timers.add(.key(tag), at: instant)
        case .respond(let call, .unavailable): respond(call, .failed(keysUnavailable()))
        case .respond(let call, let outcome): respond(call, .key(outcome))
        case .looked(let watcher, let name, let isListed, let outcome):
            keyLooked(watcher, name, isListed: isListed, outcome)
        case .names(let watcher, let names, let next):
            keyNamesRead(watcher, names, next: next)
        case .respondAll(let call, let answers, let next):
            respond(call, .keys(answers, next: next))
        }
    }

    private func keysUnavailable() -> Failure {
        var failure = unavailable()
        let voters = cluster.keyVoters.count
        if cluster.hasQuorum, voters < cluster.configuration.quorum {
            failure.message =
                "\(voters) of \(cluster.configuration.nodes) nodes know all keys, "
                + "\(cluster.configuration.quorum) are needed"
        } else if cluster.hasQuorum {
            failure.message = "too few nodes answered in time"
            for node in cluster.configuration.all { blame(node, in: &failure) }
        }
        for node in cluster.learners {
            failure.nodes.append(
                NodeProblem(node: node, reason: "is being told what other nodes know"))
        }
        return failure
    }
}

extension Tag {
    fileprivate init(_ tag: KeyTag) {
        switch tag.purpose {
        case .change: self.init(.keyChange, tag.slot, number: tag.number)
        case .read: self.init(.keyRead, tag.slot, number: tag.number)
        case .list: self.init(.keyList, tag.slot, number: tag.number)
        case .tidy: self.init(.keyTidy, tag.slot, number: tag.number)
        case .collect: self.init(.closing)
        }
    }
}

extension KeyTag {
    fileprivate init(_ tag: Tag) {
        let purpose: Purpose =
            switch tag.kind {
            case .keyChange: .change
            case .keyRead: .read
            case .keyList: .list
            case .keyTidy: .tidy
            default: .collect
            }
        self.init(slot: tag.key, number: tag.number, purpose: purpose)
    }
}
