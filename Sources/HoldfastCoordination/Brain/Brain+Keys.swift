internal import HoldfastBase
internal import HoldfastNode

/// Keys: the brain brings the desk what happens, and carries out what it says.
extension Brain {
    mutating func requestedKeys(_ call: CallID, _ request: CoordinationRequest) {
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

    mutating func keyTimePassed(_ tag: KeyTag) {
        keys.timePassed(tag, at: now)
        runKeys()
    }

    private mutating func learns(_ node: NodeIndex) {
        cluster.learningKnown(node, isLearning: true)
        votersKnown()
    }

    mutating func runKeys() {
        for action in keys.takeActions() {
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
            case .respondAll(let call, let answers, let next):
                respond(call, .keys(answers, next: next))
            }
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
            default: .collect
            }
        self.init(slot: tag.key, number: tag.number, purpose: purpose)
    }
}
