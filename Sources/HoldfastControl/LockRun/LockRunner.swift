internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// The shell around `LockRun`: sends, starts, signals and tells the time, and decides nothing.
struct LockRunner: Sendable {
    private static let releaseTimeoutMax = Interval.seconds(5)

    private let command: LockRunCommand
    private let settings: ControlSettings
    private let console: Console
    private let host: ProcessHost
    private let server: ServerSeat
    private let id = RequestID.random()
    private let events: AsyncStream<LockRun.Event>
    private let sink: AsyncStream<LockRun.Event>.Continuation

    init(
        _ command: LockRunCommand, _ settings: ControlSettings, _ console: Console,
        _ host: ProcessHost
    ) throws(RPCError) {
        self.command = command
        self.settings = settings
        self.console = console
        self.host = host
        server = try ServerSeat(settings.channel)
        // Few events, each from a call, a signal or the clock.
        (events, sink) = AsyncStream.makeStream(of: LockRun.Event.self)
    }

    /// Runs to the end; the status for the system.
    func run() async -> Int32 {
        host.takeOver { [sink] event in
            switch event {
            case .signalled(let number): sink.yield(.signalled(number))
            case .ended(let end): sink.yield(.childEnded(end))
            case .stopped(let isByTerminal):
                sink.yield(.childStopped(isByTerminal: isByTerminal))
            }
        }
        defer { server.close() }
        return await withDiscardingTaskGroup(returning: Int32.self) { group in
            var machine = LockRun(command.plan, now: console.clock())
            var actions = machine.begin()
            var armed = Instant.never
            var next = events.makeAsyncIterator()
            while true {
                for action in actions { perform(action, machine.deadline, &group) }
                if let outcome = machine.outcome {
                    group.cancelAll()
                    if case .failed = outcome, let failure = server.failure {
                        console.complain(failure.text(settings.form, console.complaintPaint))
                    }
                    return outcome.status
                }
                let wakeAt = machine.wakeAt
                if wakeAt < armed {
                    armed = wakeAt
                    wake(at: wakeAt, &group)
                }
                guard let event = await next.next() else { return ExitStatus.failure.rawValue }
                let now = console.clock()
                if event == .timer, now >= armed { armed = .never }
                actions = machine.handle(event, now: now)
            }
        }
    }

    private func wake(at instant: Instant, _ group: inout DiscardingTaskGroup) {
        let pause = instant - console.clock()
        group.addTask {
            // Ends early only when all does.
            guard (try? await Task.sleep(for: pause.duration)) != nil else { return }
            sink.yield(.timer)
        }
    }

    // MARK: Actions

    private func perform(
        _ action: LockRun.Action, _ deadline: Instant?, _ group: inout DiscardingTaskGroup
    ) {
        switch action {
        case .acquire(let waited): group.addTask { await acquire(waited) }
        case .start: group.addTask { await start() }
        case .renew: group.addTask { await renew() }
        case .signal(let number): host.signal(number)
        case .kill: host.signal(9)
        case .proceed: host.signal(18)
        // As if the shell had told us to go on.
        case .handOver: if host.handOver() { sink.yield(.signalled(18)) }
        case .lookAtGroup: if !host.isGroupAlive() { sink.yield(.groupGone) }
        case .release(let isSure): group.addTask { await release(isSure, deadline) }
        case .say(let note): say(note, deadline)
        }
    }

    private func acquire(_ waited: Interval) async {
        let request = command.request(
            waited: waited, metadata: host.caption(command.command[0]))
        let timeout = settings.timeout + .milliseconds(Int64(clamping: request.waitMs))
        let options = CallOptions(
            timeout: timeout.duration, waitForReady: false, requestID: id, retries: false,
            weight: request.waitMs > 0 ? .waits : .usual)
        let sent = console.clock()
        do throws(RPCError) {
            let outcome = try await withProgress(
                console, "waiting for \(names)"
            ) { () throws(RPCError) in
                try await server.client.locks.acquire(request, options: options).outcome
            }
            switch outcome {
            case .held(let held):
                server.granted(held.grant, held.fence)
                sink.yield(
                    .granted(
                        sent: sent, waited: .milliseconds(Int64(clamping: held.waitedMs)),
                        life: .milliseconds(Int64(clamping: held.ttlMs))))
            case .notHeld(var notHeld):
                // Of all its sendings.
                notHeld.waitedMs &+= request.waitedMs
                let (answer, _) = LockAnswer.make(request.names, .notHeld(notHeld))
                if !server.isGivenUp {
                    console.complain(answer.text(settings.form, console.complaintSurface))
                    if command.plan.wait == .zero, settings.form == .table {
                        console.complain("next      wait for it, with --wait TIME\n")
                    }
                }
                sink.yield(.refused)
            case nil:
                sink.yield(.acquireFailed(mayRetry: false, mayHold: true, status: .failure))
            }
        } catch {
            failed(error)
        }
    }

    private func failed(_ error: RPCError) {
        // Cancelled: all has ended.
        guard !Task.isCancelled, !server.isGivenUp else { return }
        server.failure = nil
        let mayRetry =
            error.code == .unavailable || error.code == .deadlineExceeded
            || error.reason == "OUTCOME_UNKNOWN"
        let complaint = Complaint(error, settings)
        if !mayRetry || command.plan.wait == .zero {
            console.complain(complaint.text(settings.form, console.complaintPaint))
        } else {
            server.failure = complaint
        }
        let isUndone =
            error.isNotProcessed || error.reason == "NO_QUORUM" || error.code == .permissionDenied
            || error.code == .unauthenticated || error.code == .invalidArgument
        sink.yield(
            .acquireFailed(
                mayRetry: mayRetry, mayHold: !isUndone, status: ExitStatus(error)))
    }

    private func start() async {
        let (grant, fence) = server.grant
        let deathSignal: Int32 =
            switch command.plan.onLost {
            case .term: 15
            case .kill: 9
            case .ignore: 0
            }
        do {
            try await host.start(
                .init(
                    arguments: command.command,
                    variables: command.variables(fence: fence, grant: grant),
                    deathSignal: deathSignal))
            sink.yield(.started)
        } catch let failure as ProcessHost.StartFailure {
            complain("cannot run \(HumanText.foreign(command.command[0])): \(failure.text)")
            sink.yield(.startFailed(isMissing: failure.isMissing))
        } catch {
            complain("cannot run \(HumanText.foreign(command.command[0])): \(error)")
            sink.yield(.startFailed(isMissing: false))
        }
    }

    private func renew() async {
        let plan = command.plan
        let request = RenewRequest(
            names: command.wish.names, grant: server.grant.grant,
            ttlMs: UInt64(plan.ttl.millisecondsRoundedUp))
        // Twice in what is left when it begins: a server that does not answer must leave time for
        // another.
        let options = CallOptions(
            timeout: min(settings.timeout, plan.ttl.part(6)).duration, weight: .vital)
        let sent = console.clock()
        do throws(RPCError) {
            let answer = try await server.client.locks.renew(request, options: options)
            sink.yield(
                .renewed(sent: sent, life: .milliseconds(Int64(clamping: answer.ttlMs))))
        } catch {
            if error.code == .deadlineExceeded { await server.change() }
            let isLost = error.reason == "LOCK_NOT_OWNER" || error.reason == "LOCK_NO_SESSION"
            if !isLost, !Task.isCancelled, !server.isGivenUp {
                let isSilent = error.code == .deadlineExceeded && settings.endpoints.count > 1
                complain("not renewed: \(error)" + (isSilent ? "; asking another server" : ""))
            }
            sink.yield(.renewalFailed(isLost: isLost))
        }
    }

    /// Not under the caller's cancellation: what is held is given back on every way out.
    private func release(_ isSure: Bool, _ deadline: Instant?) async {
        server.giveUp()
        let request = ReleaseRequest(
            names: command.wish.names, grant: id.bytes, answered: isSure)
        // Once it is over by itself, there is no reason to wait for a server that does not answer.
        let left = (deadline ?? .never) - console.clock()
        let whole = min(settings.timeout, max(.seconds(1), min(left, Self.releaseTimeoutMax)))
        let hasOthers = settings.endpoints.count > 1
        let options = CallOptions(
            timeout: (hasOthers ? whole.part(2) : whole).duration, weight: .vital)
        let isDone = await withProgress(console, "giving back \(names)") {
            if await release(request, options) { return true }
            guard hasOthers, !Task.isCancelled else { return false }
            await server.change()
            return await release(request, options)
        }
        sink.yield(.released(isDone))
    }

    private func release(_ request: ReleaseRequest, _ options: CallOptions) async -> Bool {
        do throws(RPCError) {
            _ = try await server.client.locks.release(request, options: options)
            return true
        } catch {
            if settings.isVerbose, !Task.isCancelled { complain("not given back: \(error)") }
            return false
        }
    }

    // MARK: Words

    private var names: String {
        command.wish.names.map(HumanText.foreign).joined(separator: ", ")
    }

    private func say(_ note: LockRun.Note, _ deadline: Instant?) {
        let program = HumanText.foreign(command.command[0])
        switch note {
        case .retrying:
            let problem = server.failure.map { "\($0.error); " } ?? ""
            complain(problem + "trying again until --wait is over")
        case .atRisk(let left):
            complain("\(names): not renewed for too long, \(text(left)) left")
        case .lost: complain("\(names): lost, it was taken away or expired")
        case .expired: complain("\(names): lost, it was not renewed in time")
        case .expiring(let left):
            complain("\(names): it could not be renewed, and is held for \(text(left)) more")
        case .worksOn:
            complain(
                "\(program) has ended, and what it has started works on: \(names) held until that "
                    + "ends; Ctrl-C tells it to")
        case .ending(let killAfter):
            complain("ending \(program), and killing it in \(text(killAfter))")
        case .killing: complain("killing \(program)")
        case .goesOn: complain("\(program) goes on without it, as --on-lost ignore says")
        case .cannotStop:
            complain("\(program) goes on: who is stopped cannot hold a lock")
        case .isStopped:
            complain("\(program) is stopped: it wants the terminal, or was told to; fg goes on")
        case .notReleased:
            let left = (deadline ?? .zero) - console.clock()
            complain(
                "\(names): could not be given back"
                    + (left > .zero ? "; free in \(text(left)) at the latest" : ""))
        }
    }

    private func text(_ interval: Interval) -> String {
        HumanText.duration(milliseconds: UInt64(interval.millisecondsRoundedUp))
    }

    private func complain(_ text: String) {
        console.complain(
            console.complaintPaint.apply(.bad, "holdfastctl: ") + HumanText.foreign(text) + "\n")
    }
}
