import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Some servers and nodes on a table: what is asked of a node lies there until the story delivers it.
struct KeyBench {
    struct Question {
        let server: Int
        let node: Int
        let tag: KeyTag
        let name: String
        let step: RegisterStep
    }

    var desks: [KeyDesk]
    var nodes: [MemoryRegisters]
    var questions: [Question] = []
    var wakes: [(server: Int, tag: KeyTag, at: Instant)] = []
    var answers: [CallID: KeyOutcome] = [:]
    var milliseconds: Int64 = 1000
    /// How often each node was asked.
    var asked: [Int]
    private var nextCall: CallID = 0

    init(nodes count: Int = 3, servers: Int = 1) {
        nodes = Array(repeating: MemoryRegisters(), count: count)
        asked = Array(repeating: 0, count: count)
        desks = (0..<servers).map { server in
            var desk = KeyDesk(
                proposer: UInt64(server + 1), quorum: count / 2 + 1,
                roundBudget: .milliseconds(500), seed: UInt64(server))
            desk.votersChanged(to: NodeSet(0..<count), epoch: 1)
            return desk
        }
    }

    var moment: Moment {
        Moment(
            instant: Instant(nanoseconds: milliseconds * 1_000_000),
            wallMicroseconds: UInt64(milliseconds) * 1000)
    }

    static func operation(_ number: UInt64) -> RequestID { RequestID(high: 7, low: number) }

    mutating func ask(
        _ change: KeyChange, _ number: UInt64, server: Int = 0, key: String = "k"
    ) -> CallID {
        nextCall += 1
        desks[server].change(nextCall, key, Self.operation(number), change, at: moment)
        collect(server)
        return nextCall
    }

    mutating func askValue(server: Int = 0) -> CallID {
        nextCall += 1
        desks[server].read(nextCall, "k", at: moment)
        collect(server)
        return nextCall
    }

    /// Asks, and delivers everything.
    mutating func get(
        _ change: KeyChange, _ number: UInt64, server: Int = 0, key: String = "k"
    ) -> KeyOutcome? {
        let call = ask(change, number, server: server, key: key)
        settle()
        return answers[call]
    }

    mutating func value(server: Int = 0) -> KeyOutcome? {
        let call = askValue(server: server)
        settle()
        return answers[call]
    }

    mutating func collect(_ server: Int) {
        for action in desks[server].takeActions() {
            switch action {
            case .send(let node, let tag, let name, let step):
                questions.append(
                    Question(server: server, node: node, tag: tag, name: name, step: step))
            case .respond(let call, let outcome): answers[call] = outcome
            case .wake(let tag, let at): wakes.append((server, tag, at))
            // Nobody asks for one.
            case .list, .respondAll, .looked, .names: break
            }
        }
    }

    /// Has the node do what it was asked, and brings the answer.
    mutating func deliver(_ question: Question) {
        asked[question.node] += 1
        let reply = nodes[question.node].execute(question.name, question.step)
        desks[question.server].replied(question.node, question.tag, reply, at: moment)
        collect(question.server)
    }

    /// The question is lost.
    mutating func lose(_ question: Question) {
        desks[question.server].replied(question.node, question.tag, nil, at: moment)
        collect(question.server)
    }

    mutating func take(where isWanted: (Question) -> Bool) -> [Question] {
        let taken = questions.filter(isWanted)
        questions.removeAll(where: isWanted)
        return taken
    }

    /// Delivers until nothing is under way, and lets those who rest try again.
    mutating func settle() {
        while true {
            while !questions.isEmpty { deliver(questions.removeFirst()) }
            guard
                let place = wakes.firstIndex(where: {
                    $0.at <= Instant(nanoseconds: (milliseconds + 200) * 1_000_000)
                })
            else { return }
            let wake = wakes.remove(at: place)
            desks[wake.server].timePassed(wake.tag, at: moment)
            collect(wake.server)
        }
    }

    mutating func pass(_ duration: Int64) {
        milliseconds += duration
        let now = moment.instant
        let due = wakes.filter { $0.at <= now }
        wakes.removeAll { $0.at <= now }
        for wake in due {
            desks[wake.server].timePassed(wake.tag, at: moment)
            collect(wake.server)
        }
    }
}
