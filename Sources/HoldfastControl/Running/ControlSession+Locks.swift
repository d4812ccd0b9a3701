internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// Locks and elections.
extension ControlSession {
    private static let pageSize: UInt32 = 500

    func lock(_ command: LockCommand) async throws -> ExitStatus {
        let locks = client.locks
        switch command {
        case .acquire(let request, let id): return try await acquire(request, id)
        case .try(var request, let id):
            if request.metadata.isEmpty { request.metadata = Array(caption.utf8) }
            let outcome = try await locks.tryAcquire(request, options: waiting(0, id)).outcome
            return try show(LockAnswer.make(request.names, outcome.map(GrantOutcome.init)))
        case .renew(let request):
            return try show(LockAnswer.make(try await locks.renew(request, options: options)))
        case .mode(let request):
            let outcome = try await locks.changeMode(request, options: options).outcome
            return try show(LockAnswer.make(request.names, outcome.map(GrantOutcome.init)))
        case .release(let request):
            let response = try await locks.release(request, options: options)
            return try show(
                LockAnswer.make(request.names, wasHeld: response.wasHeld, "released"))
        case .force(let request):
            let response = try await locks.forceRelease(request, options: options)
            return try show(
                LockAnswer.make([request.name], wasHeld: response.wasHeld, "taken away"))
        case .get(let name):
            let response = try await locks.getLock(GetLockRequest(name: name), options: options)
            return try show(LockAnswer.make(response))
        case .queue(let request):
            let response = try await locks.queue(request, options: options)
            return try show(LockAnswer.make(request.name, response))
        case .list(let prefix): return try await list(prefix)
        // `LockRunner` does that, with connections of its own.
        case .run: return .failure
        case .watch(let plan): return try await watch(plan)
        }
    }

    func show(_ answer: (Answer, ExitStatus)) throws(ReaderGone) -> ExitStatus {
        try show(answer.0, answer.1)
    }

    /// A call that may wait as long as was asked, and then has the usual time to be answered.
    func waiting(_ milliseconds: UInt64, _ id: [UInt8]?) -> CallOptions {
        let time = settings.timeout + .milliseconds(Int64(clamping: milliseconds))
        var options = options
        options.timeout = time.duration
        if milliseconds > 0 { options.weight = .waits }
        options.requestID = id.flatMap { unsafe RequestID($0.span.bytes) }
        return options
    }

    private func list(_ prefix: String) async throws -> ExitStatus {
        let found = try await allLocks(prefix)
        return try show(LockAnswer.make(found, prefix))
    }

    /// The locks that are held, page by page; with how many nodes there are, and which were missing.
    func allLocks(_ prefix: String) async throws -> LockList {
        var all = LockList()
        var request = ListLocksRequest(prefix: prefix, pageSize: Self.pageSize)
        for _ in 0..<Self.pagesMax {
            let page = try await client.locks.listLocks(request, options: options)
            all.add(page)
            if page.nextPageToken.isEmpty { return all }
            request.pageToken = page.nextPageToken
        }
        throw RPCError(.internal, "the server's list of locks does not end")
    }

    func elect(_ command: ElectionCommand) async throws -> ExitStatus {
        let elections = client.elections
        switch command {
        case .campaign(let request, let id): return try await campaign(request, id)
        case .leader(let election):
            let response = try await elections.leader(
                LeaderRequest(election: election), options: options)
            return try show(ElectionAnswer.make(response))
        case .observe(let election):
            let elements = elections.observe(ObserveRequest(election: election), options: options)
            return try await follow(elements) { ElectionAnswer.make($0, time: $1) }
        case .proclaim(let request):
            let response = try await elections.proclaim(request, options: options)
            return try show(ElectionAnswer.make(response))
        case .renew(let request):
            let response = try await elections.renewLead(request, options: options)
            return try show(ElectionAnswer.make(response))
        case .resign(let request):
            let response = try await elections.resign(request, options: options)
            return try show(ElectionAnswer.make(response))
        }
    }
}
