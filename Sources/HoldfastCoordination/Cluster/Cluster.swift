package import HoldfastBase
package import HoldfastNode

/// Which nodes vote, and how one that may have forgotten comes back.
///
/// A node votes while its gate names this cluster and this life of the node. A life is the run of the
/// process: a node that restarted is either durable, and then confirmed, or it may have forgotten;
/// one without a gate has. Such a node is out until what was granted before it was missed is over
/// (the longest time to live ever granted). Then the other members are moved to a new epoch, which
/// ends every try that counted it, and say what fences they may have granted; a quorum of them knows
/// of every grant. With the largest as its floor the node becomes a member of the new epoch.
///
/// A server that was away may see a node that forgot, was admitted by another server, has granted, and
/// has forgotten again: to it the node was out all the time, and its absence would be too short. So an
/// absence counts in one epoch only, and an epoch says in its number which node it admits
/// (`EpochNumber`): nobody else can have admitted the node unless the epoch has changed, or is the
/// node's own and was made by another server.
///
/// When more than the minority has forgotten, nothing here knows the fences any more, and no fenced
/// service is given until an operator decides. The one exception is a cluster that has never been:
/// all nodes answer, all are empty, this server has never seen one vote, and it may form.
package struct Cluster: Sendable {
    package enum Action: Sendable {
        case send(NodeIndex, GateIdentity, NodeCommand)
        case report(NodeIndex, NodeChange)
    }

    package let configuration: ClusterConfiguration
    package private(set) var members: [Member]
    package private(set) var epoch: UInt64 = 0
    package private(set) var voters = NodeSet()
    /// Those of them that have a say about registers.
    package private(set) var keyVoters = NodeSet()
    /// The longest time to live this server has granted.
    private var longestTTL: UInt64 = 0
    /// A recovery in progress: who is to be admitted, into which epoch, and who was moved there.
    private var recovery:
        (node: NodeIndex, epoch: UInt64, moved: NodeSet, floor: Fence, longest: UInt64)?
    private var nextRecovery = Instant.zero
    private var lots: Lots
    /// How many beats it has taken so far.
    private var recoveryBeats = 0
    private var actions: [Action] = []
    private var isFormingAsked = false
    /// An epoch to which this server moved a quorum, and in which it alone can admit a node. Zero when
    /// an admission in it may still be on its way.
    private var ownEpoch: UInt64 = 0

    /// - Parameter salt: a number that other servers do not have.
    package init(_ configuration: ClusterConfiguration, salt: UInt64) {
        self.configuration = configuration
        lots = Lots(salt: salt)
        members = Array(repeating: Member(), count: configuration.nodes)
    }

    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll() }
        return actions
    }

    package var hasQuorum: Bool { voters.count >= configuration.quorum }

    /// Whether all nodes are there and empty, as before there ever was a cluster.
    package var isUnformed: Bool {
        members.allSatisfy { $0.state == .empty && !$0.hasVoted } && !configuration.mayForm
    }

    /// What a command to a node has to name.
    package func identity(_ node: NodeIndex) -> GateIdentity {
        GateIdentity(
            cluster: configuration.cluster, epoch: epoch,
            marker: members[node].readiness?.marker ?? 0)
    }

    package mutating func granted(ttlMilliseconds: UInt64) {
        longestTTL = max(longestTTL, ttlMilliseconds)
    }

    /// An operator wants a new cluster of the empty nodes.
    package mutating func formAsked(now: Instant) {
        isFormingAsked = true
        evaluate(now)
    }

    // MARK: Connections

    package mutating func connected(_ node: NodeIndex, _ readiness: NodeReadiness) {
        members[node].readiness = readiness
        // What is known of its clock stays: it may have been set while it could not be reached.
        members[node].clockQuestions = 0
        set(node, .inspecting)
        actions.append(.send(node, identity(node), .readGate))
    }

    package mutating func disconnected(_ node: NodeIndex, _ reason: String) {
        if members[node].state == .admitting { ownEpoch = 0 }
        set(node, .down(reason))
        if recovery?.node == node { recovery = nil }
    }

    /// A script was refused by the gate: what is known of the node is out of date.
    package mutating func refused(_ node: NodeIndex, _ refusal: GateRefusal) {
        guard members[node].state == .voting else { return }
        set(node, .inspecting)
        actions.append(.send(node, identity(node), .readGate))
    }

    /// Once in each heartbeat interval.
    package mutating func beat(_ now: Instant) {
        recoveryBeats = recovery == nil ? 0 : recoveryBeats + 1
        // Answers may have come while their nodes were looked at, and were not counted.
        if recoveryBeats > Self.recoveryBeatsMax { giveUpRecovery(now) }
        for (node, member) in members.enumerated() {
            switch member.state {
            // What looked empty or forgetful may have been formed or admitted by another server, and
            // what is wrong with an unfit one be put right.
            case .inspecting, .empty, .forgetful, .stepped, .unfit:
                actions.append(.send(node, identity(node), .readGate))
            // Another server may have told it everything.
            case .voting where member.gate?.isLearning == true:
                actions.append(.send(node, identity(node), .readGate))
            case .down, .voting, .forming, .recovering, .admitting: break
            }
        }
        evaluate(now)
    }

    // MARK: Clocks

    package mutating func clockAsked(_ node: NodeIndex, now: Instant) {
        if members[node].clockQuestions == 0 { members[node].clockAsked = now }
        members[node].clockQuestions += 1
    }

    /// A question has come to nothing, or its answer has been read.
    package mutating func clockAnswered(_ node: NodeIndex) {
        members[node].clockQuestions = max(0, members[node].clockQuestions - 1)
    }

    /// What a node's clock says. One that was set has ended grants early, or prolonged them: it does not
    /// vote until they are over. Its fences it has not forgotten, so it need not be admitted again, and
    /// it may be among those that know the fences when another node is.
    package mutating func clockRead(
        _ node: NodeIndex, microseconds: UInt64, now: Instant
    ) {
        let step = members[node].clock.read(
            microseconds: microseconds, asked: members[node].clockAsked, answered: now)
        guard members[node].state == .voting, let step else { return }
        actions.append(.report(node, .clockStepped(milliseconds: step / 1000)))
        guard voters.count - 1 >= configuration.quorum else { return }
        members[node].steppedAt = now
        set(node, .stepped)
    }

    // MARK: Answers

    package mutating func replied(_ node: NodeIndex, _ reply: NodeReply, now: Instant) {
        switch (members[node].state, reply) {
        case (.inspecting, .gate(let gate, let isEmpty)),
            (.empty, .gate(let gate, let isEmpty)), (.forgetful, .gate(let gate, let isEmpty)),
            (.stepped, .gate(let gate, let isEmpty)), (.unfit, .gate(let gate, let isEmpty)):
            members[node].secondLook = members[node].secondLook == .no ? .no : .done
            gateRead(node, gate, isEmpty, now)
        case (.voting, .gate(let gate?, _)): epochRaised(node, gate, now)
        case (.forming, .accepted):
            reinspect(node)
            actions.append(.report(node, .formed))
        case (.admitting, .accepted):
            members[node].forgetfulSince = nil
            actions.append(.report(node, .readmitted(epoch: recovery?.epoch ?? epoch)))
            recovery = nil
            reinspect(node)
        case (.admitting, .refused), (.forming, .refused):
            recovery = nil
            reinspect(node)
        case (.voting, .refused):
            // Another server moves epochs at the same time.
            let subject = recovery?.node
            recovery = nil
            nextRecovery = now + stepAside()
            reinspect(node)
            if let subject { reinspect(subject) }
        case (.voting, .failed):
            // One of those that were to be moved did not answer: once more, from the beginning.
            giveUpRecovery(now)
        case (.admitting, .failed):
            ownEpoch = 0
            reinspect(node)
        case (.inspecting, .accepted), (.forming, .failed): reinspect(node)
        case (.empty, .failed), (.forgetful, .failed): members[node].secondLook = .no
        // Asked again at the next beat.
        case (.inspecting, .failed), (.inspecting, .refused): break
        default: break
        }
        evaluate(now)
    }

    private static let recoveryBeatsMax = 3

    /// How long to leave a recovery to others: another time for each server and each attempt, so that
    /// two that meet do not meet for ever.
    private mutating func stepAside() -> Interval { .milliseconds(200 + lots.draw() % 1800) }

    /// How long to wait before a node is admitted.
    private mutating func stagger() -> Interval {
        let spread = configuration.admissionSpread.nanoseconds / 1_000_000
        return .milliseconds(spread > 0 ? lots.draw() % spread : 0)
    }

    private mutating func giveUpRecovery(_ now: Instant) {
        guard let subject = recovery?.node else { return }
        #if HOLDFAST_PLANTS
            if Plant.recoveryStuck.isActive { return }
        #endif
        recovery = nil
        nextRecovery = now + stepAside()
        reinspect(subject)
    }

    private mutating func reinspect(_ node: NodeIndex) {
        set(node, .inspecting)
        actions.append(.send(node, identity(node), .readGate))
    }

    private mutating func gateRead(
        _ node: NodeIndex, _ gate: Gate?, _ isEmpty: Bool, _ now: Instant
    ) {
        guard let readiness = members[node].readiness else { return }
        members[node].gate = gate
        var isFit = readiness.unfitBecause == nil
        #if HOLDFAST_PLANTS
            if Plant.evictingVotes.isActive { isFit = true }
        #endif
        if !isFit, let why = readiness.unfitBecause {
            set(node, .unfit(why))
            return
        }
        guard let gate else {
            if members[node].hasVoted || !isEmpty {
                forgot(node, "its data is gone", now)
            } else {
                missed(node, now)
                set(node, .empty)
            }
            return
        }
        guard gate.identity.cluster == configuration.cluster else {
            set(node, .unfit("belongs to another cluster"))
            return
        }
        longestTTL = max(longestTTL, gate.longestTTL)
        if gate.identity.marker == readiness.marker {
            if let stepped = members[node].steppedAt, stepped + absence > now {
                set(node, .stepped)
                return
            }
            members[node].steppedAt = nil
            members[node].hasVoted = true
            members[node].forgetfulSince = nil
            epoch = max(epoch, gate.identity.epoch)
            set(node, .voting)
        } else if readiness.isDurable {
            actions.append(.send(node, gate.identity, .confirm(marker: readiness.marker)))
        } else {
            forgot(node, "it restarted and does not write through", now)
        }
    }

    private mutating func forgot(_ node: NodeIndex, _ why: String, _ now: Instant) {
        missed(node, now)
        set(node, .forgetful(why))
    }

    /// A look has shown that the node is out. Where the epoch is another one than at the look before,
    /// it may have been in meanwhile, and its absence begins now.
    private mutating func missed(_ node: NodeIndex, _ now: Instant) {
        let isKnown =
            members[node].forgetfulSince != nil && members[node].forgetfulEpoch == epoch
        #if HOLDFAST_PLANTS
            if Plant.absenceKept.isActive, members[node].forgetfulSince != nil {
                members[node].forgetfulEpoch = epoch
                ownEpoch = epoch
                return
            }
        #endif
        guard !isKnown else { return }
        members[node].secondLook = .no
        members[node].forgetfulSince = now
        members[node].forgetfulEpoch = epoch
    }

    /// Whether the epoch is one in which another server may admit the node still.
    private func isForeign(_ epoch: UInt64, of node: NodeIndex) -> Bool {
        EpochNumber.admits(epoch, node) && epoch != ownEpoch
    }

    /// How long to wait for the server that made the epoch of a node, beyond the absence.
    private static let foreignWait = Interval.seconds(3)

    private mutating func set(_ node: NodeIndex, _ state: Member.State) {
        let before = members[node].state
        members[node].state = state
        updateVoters()
        guard before != state else { return }
        members[node].secondLook = .no
        switch state {
        case .voting: actions.append(.report(node, .voting))
        case .down(let why), .forgetful(let why), .unfit(let why):
            actions.append(.report(node, .notVoting(why)))
        case .empty: actions.append(.report(node, .notVoting("is empty")))
        case .stepped: actions.append(.report(node, .notVoting("its clock was set")))
        case .inspecting, .forming, .recovering, .admitting: break
        }
    }

    private mutating func updateVoters() {
        var set = NodeSet()
        for (node, member) in members.enumerated()
        where member.state == .voting && member.gate?.identity.epoch == epoch {
            set.insert(node)
        }
        voters = set
        keyVoters = set
        for node in set where members[node].gate?.isLearning == true { keyVoters.remove(node) }
    }

    // MARK: Registers

    /// Voters that must be told what others know, before they have a say about registers.
    package var learners: NodeSet { voters.subtracting(keyVoters) }

    /// Whether a voter turned out to learn, or to have been told everything.
    package mutating func learningKnown(_ node: NodeIndex, isLearning: Bool) {
        members[node].gate?.isLearning = isLearning
        updateVoters()
    }

    // MARK: What follows

    private mutating func evaluate(_ now: Instant) {
        if recovery == nil {
            // Some were moved before a recovery was given up: the others follow.
            for member in members where member.state == .voting {
                epoch = max(epoch, member.gate?.identity.epoch ?? 0)
            }
        }
        updateVoters()
        formIfNew()
        moveLaggards()
        startRecovery(now)
    }

    private mutating func formIfNew() {
        guard configuration.mayForm || isFormingAsked else { return }
        guard members.allSatisfy({ $0.state == .empty && !$0.hasVoted }) else { return }
        isFormingAsked = false
        for node in members.indices {
            set(node, .forming)
            let identity = GateIdentity(
                cluster: configuration.cluster, epoch: 1,
                marker: members[node].readiness?.marker ?? 0)
            actions.append(.send(node, identity, .form(identity)))
        }
    }

    /// Members of an older epoch are moved to the newest; until then they do not vote.
    private mutating func moveLaggards() {
        for (node, member) in members.enumerated() {
            guard member.state == .voting, let gate = member.gate, gate.identity.epoch < epoch
            else { continue }
            guard recovery?.moved.contains(node) != true else { continue }
            set(node, .inspecting)
            actions.append(.send(node, gate.identity, .raiseEpoch(to: epoch)))
            actions.append(.send(node, gate.identity, .readGate))
        }
    }

    private mutating func startRecovery(_ now: Instant) {
        guard recovery == nil, now >= nextRecovery else { return }
        for (node, member) in members.enumerated() {
            guard let since = member.forgetfulSince else { continue }
            // Of another epoch it is no absence, and begins with a look.
            let isCounted = member.forgetfulEpoch == epoch
            let wait = isForeign(epoch, of: node) ? absence + Self.foreignWait : absence
            guard !isCounted || since + wait <= now else { continue }
            switch member.state {
            case .empty, .forgetful: break
            default: continue
            }
            var others = voters
            others.remove(node)
            guard others.count >= configuration.quorum else {
                if configuration.nodes == 1, configuration.mayForm { admitAlone(node) }
                continue
            }
            // What is known of it may be from before this server had a quorum, and another have
            // admitted it since: moving everybody to a new epoch is not for nothing.
            guard isCounted, member.secondLook == .done else {
                if member.secondLook == .no {
                    // Servers that missed the node at the same time must not begin at the same time:
                    // where each moves some of the others, none has a quorum, and the absence is for
                    // nothing.
                    nextRecovery = max(nextRecovery, now + stagger())
                    members[node].secondLook = .asked
                    actions.append(.send(node, identity(node), .readGate))
                }
                continue
            }
            set(node, .recovering)
            let next = EpochNumber.after(epoch, admitting: node)
            recovery = (node, next, NodeSet(), 0, 0)
            for other in others {
                actions.append(.send(other, identity(other), .raiseEpoch(to: next)))
            }
            return
        }
    }

    /// The only node has forgotten, and its grants are over: fences go on from the clock.
    private mutating func admitAlone(_ node: NodeIndex) {
        let identity = GateIdentity(
            cluster: configuration.cluster,
            epoch: max(epoch, members[node].gate?.identity.epoch ?? 0) + 1,
            marker: members[node].readiness?.marker ?? 0)
        set(node, .admitting)
        actions.append(
            .send(
                node, seen(node),
                .admit(identity, floor: 0, longestTTL: longestTTL, learns: false)))
    }

    /// The gate that a node had when it was looked at: if another server has admitted it since, it must
    /// not be admitted again, because that deletes what it has granted.
    private func seen(_ node: NodeIndex) -> GateIdentity {
        members[node].gate?.identity ?? GateIdentity(cluster: 0, epoch: 0, marker: 0)
    }

    /// How long a node that may have forgotten stays out: until all it ever granted is over.
    private var absence: Interval {
        #if HOLDFAST_PLANTS
            if Plant.noAbsence.isActive { return .zero }
        #endif
        return min(
            .milliseconds(Int64(clamping: longestTTL + longestTTL / 50 + 10)),
            configuration.absenceMax)
    }

    private mutating func epochRaised(_ node: NodeIndex, _ gate: Gate, _ now: Instant) {
        members[node].gate = gate
        guard var current = recovery, gate.identity.epoch == current.epoch else {
            epoch = max(epoch, gate.identity.epoch)
            return
        }
        current.moved.insert(node)
        current.floor = max(current.floor, gate.reserved)
        current.longest = max(current.longest, gate.longestTTL)
        recovery = current
        guard current.moved.count >= configuration.quorum,
            members[current.node].state == .recovering
        else { return }
        let before = members[current.node].forgetfulEpoch
        let mayBeIn = isForeign(before, of: current.node)
        epoch = max(epoch, current.epoch)
        ownEpoch = current.epoch
        // Who was out at the beginning of this epoch still is: nobody else can have admitted anybody.
        for other in members.indices where members[other].forgetfulEpoch == before {
            members[other].forgetfulEpoch = current.epoch
        }
        if mayBeIn {
            // The server that made the epoch before may have admitted it until now, but not from now
            // on: its absence begins with the next look.
            recovery = nil
            members[current.node].forgetfulSince = nil
            reinspect(current.node)
            return
        }
        #if HOLDFAST_PLANTS
            if Plant.floorForgotten.isActive { current.floor = 0 }
        #endif
        longestTTL = max(longestTTL, current.longest)
        if let since = members[current.node].forgetfulSince, since + absence > now {
            // Another server has granted for longer than this one knew.
            recovery = nil
            set(current.node, .forgetful("what it granted is not over yet"))
            return
        }
        let identity = GateIdentity(
            cluster: configuration.cluster, epoch: current.epoch,
            marker: members[current.node].readiness?.marker ?? 0)
        set(current.node, .admitting)
        actions.append(
            .send(
                current.node, seen(current.node),
                .admit(
                    identity, floor: current.floor, longestTTL: current.longest, learns: true)))
    }
}
