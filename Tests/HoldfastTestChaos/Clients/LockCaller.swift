import Holdfast
import HoldfastBase
import HoldfastSimulation
import HoldfastSystem

/// A client of real servers that takes a lock, works under it, gives it back, and again, and notes
/// each call in its history. Everything it does is drawn from its seed.
package final class LockCaller {
    let settings: CallerSettings
    let client: HoldfastClient
    let history: HistoryFile
    private let isOver: @Sendable () -> Bool
    private var generator: SeededGenerator
    private var session: LiveSession?
    private var made: UInt64 = 0
    package private(set) var grants = 0
    package private(set) var lost = 0
    package private(set) var staleWrites = 0

    package init(
        _ settings: CallerSettings, until isOver: @escaping @Sendable () -> Bool
    ) throws {
        self.settings = settings
        self.isOver = isOver
        generator = SeededGenerator(seed: settings.seed)
        history = try HistoryFile("\(settings.folder)/caller-\(settings.number).history")
        let scratch = try Scratch(keptAt: settings.folder)
        client = try HoldfastClient(ChaosCluster.configuration(scratch, settings.ports))
    }

    package func run() async throws {
        defer { client.close() }
        while !isOver() {
            if settings.usesSession { try await keepSession() }
            try await turn()
            try await pause(draw(1...30))
        }
        if let session { await session.close(self) }
    }

    func draw(_ range: ClosedRange<UInt64>) -> UInt64 { .random(in: range, using: &generator) }

    func dice(_ tenths: UInt64) -> Bool { draw(1...10) <= tenths }

    func pause(_ milliseconds: UInt64) async throws {
        try await Task.sleep(for: .milliseconds(Int64(milliseconds)))
    }

    func once(_ milliseconds: UInt64, id: RequestID? = nil) -> CallOptions {
        CallOptions(
            timeout: .milliseconds(Int64(milliseconds)), requestID: id, retries: false)
    }

    func newID() -> RequestID {
        made += 1
        return RequestID(
            high: draw(1...UInt64.max), low: UInt64(settings.number) << 40 | made)
    }

    // MARK: One lock

    private func turn() async throws {
        let ttl = draw(settings.ttlMilliseconds)
        var hold = CallerHold(
            lock: settings.locks[Int(draw(0...UInt64(settings.locks.count - 1)))], id: newID(),
            mode: settings.shares && dice(2) ? .shared : .exclusive,
            ttlMilliseconds: session?.ttlMilliseconds ?? ttl)
        if dice(7) { hold.waitMilliseconds = draw(100...2500) }
        guard try await acquire(&hold) else { return }
        grants += 1
        guard try await use(&hold) else {
            lose(hold)
            // Some tidy up behind themselves, some are gone.
            if dice(5) { await release(hold, mustBeHeld: false) }
            return
        }
        // One in ten forgets it.
        if session == nil, dice(1) { return }
        await release(hold, mustBeHeld: true)
    }

    private func acquire(_ hold: inout CallerHold) async throws -> Bool {
        hold.firstSent = Clocks.now()
        while true {
            hold.sendings += 1
            let called = Clocks.now()
            let waited = UInt64(clamping: (called - hold.firstSent).nanoseconds / 1_000_000)
            let request = hold.request(session: session?.id.bytes ?? [], waited: waited)
            let record = history.begin(
                HistoryRecord(
                    id: 0, client: settings.number, lock: hold.lock, kind: .acquire,
                    subject: hold.id.low, called: called))
            let options = once(hold.waitMilliseconds + 1500, id: hold.id)
            let answer = await CallerAnswer.of {
                try await client.locks.acquire(request, options: options)
            }
            switch answer {
            case .value(let response): return await take(response, record, &hold)
            case .refused(let error):
                let reason = error.reason.isEmpty ? error.code.name : error.reason
                history.end(record, .failed(reason), at: Clocks.now())
                if error.reason == "LOCK_NO_SESSION" { session = nil }
                if hold.sendings > 1 { await release(hold, mustBeHeld: false) }
                return false
            case .open:
                // Asks again, or makes sure that it is not held.
                guard hold.sendings < 4, !isOver(), dice(8) else {
                    if dice(7) { await release(hold, mustBeHeld: false) }
                    return false
                }
                try await pause(draw(1...150))
            }
        }
    }

    private func take(
        _ response: AcquireResponse, _ record: HistoryRecord, _ hold: inout CallerHold
    ) async -> Bool {
        switch response.outcome {
        case .held(let held):
            hold.fence = held.fence
            hold.strength = Int(held.strength)
            let length = held.waitedMs + hold.ttlMilliseconds
            hold.deadline =
                session?.deadline
                ?? CallerHold.deadline(sent: hold.firstSent, milliseconds: length)
            history.end(record, .granted(hold.told), at: Clocks.now())
            return true
        case .notHeld(let not):
            var holder: UInt64?
            if not.obstacle == .held, not.holderMetadata.count == 8 {
                holder = not.holderMetadata.reduce(0) { $0 << 8 | UInt64($1) }
            }
            history.end(record, .notHeld(by: holder), at: Clocks.now())
            if hold.sendings > 1 { await release(hold, mustBeHeld: false) }
            return false
        case nil:
            return false
        }
    }

    // MARK: Holding it

    /// Works under the lock; false when it is lost.
    private func use(_ hold: inout CallerHold) async throws -> Bool {
        if session != nil, try await !renew(&hold) { return false }
        var length = draw(settings.holdMilliseconds)
        if dice(2) { length += draw(0...(hold.ttlMilliseconds * 2)) }
        let end = Clocks.now() + .milliseconds(Int64(length))
        let resource = FencedResource(hold.lock, in: settings.folder)
        var read: Int64?
        if hold.mode == .exclusive, isHeld(hold) { read = try resource.read(fence: hold.fence) }
        var renewal = Clocks.now() + .milliseconds(Int64(hold.ttlMilliseconds / 3))
        while Clocks.now() < end {
            let next = min(end, renewal, hold.deadline)
            try await Task.sleep(for: max(.zero, next - Clocks.now()).duration)
            guard isHeld(hold) else { return false }
            guard Clocks.now() >= renewal else { continue }
            guard try await renew(&hold) else { return false }
            renewal = Clocks.now() + .milliseconds(Int64(hold.ttlMilliseconds / 4))
        }
        guard isHeld(hold) else { return false }
        if let read {
            let isAccepted = try resource.write(
                read + 1, read: read, fence: hold.fence, by: settings.number)
            if !isAccepted { staleWrites += 1 }
        }
        return true
    }

    private func isHeld(_ hold: CallerHold) -> Bool { Clocks.now() < hold.deadline }

    /// False when the grant is lost; a renewal whose end is not known leaves it as it was.
    private func renew(_ hold: inout CallerHold) async throws -> Bool {
        let sent = Clocks.now()
        let record = history.begin(
            HistoryRecord(
                id: 0, client: settings.number, lock: hold.lock, kind: .renew,
                subject: hold.id.low, called: sent))
        if let session {
            let state = await session.keepAlive(self, holding: hold)
            guard isHeld(hold) || state == .confirmed else { return false }
            switch state {
            case .confirmed:
                guard Clocks.now() < max(hold.deadline, session.deadline) else { return false }
                hold.deadline = max(hold.deadline, session.deadline)
                hold.strength = session.strength
                history.end(record, .granted(hold.told), at: Clocks.now())
                return true
            case .open: return true
            case .lost, .over: return false
            }
        }
        let request = RenewRequest(
            names: [hold.lock], grant: hold.id.bytes, ttlMs: hold.ttlMilliseconds)
        let options = once(max(300, hold.ttlMilliseconds / 3))
        let answer = await CallerAnswer.of {
            try await client.locks.renew(request, options: options)
        }
        switch answer {
        case .value(let renewed):
            guard isHeld(hold) else { return false }
            hold.deadline = max(
                hold.deadline,
                CallerHold.deadline(sent: sent, milliseconds: hold.ttlMilliseconds))
            hold.strength = Int(renewed.strength)
            // None is told while the nodes that answered do not agree on it.
            if renewed.fence != 0 { hold.fence = renewed.fence }
            history.end(record, .granted(hold.told), at: Clocks.now())
            return true
        case .refused(let error) where error.reason == "LOCK_NOT_OWNER":
            history.end(record, .notOwner, at: Clocks.now())
            return false
        case .refused(let error):
            history.end(record, .failed(error.reason), at: Clocks.now())
            return true
        case .open: return true
        }
    }

    func lose(_ hold: CallerHold) {
        lost += 1
        let now = Clocks.now()
        let record = history.begin(
            HistoryRecord(
                id: 0, client: settings.number, lock: hold.lock, kind: .lost,
                subject: hold.id.low, called: now))
        history.end(record, .lost, at: now)
    }

    // MARK: Giving it back

    private func release(_ hold: CallerHold, mustBeHeld: Bool) async {
        let request = ReleaseRequest(
            names: [hold.lock], grant: hold.id.bytes, answered: hold.sendings == 1 && mustBeHeld)
        for attempt in 0..<4 {
            let record = history.begin(
                HistoryRecord(
                    id: 0, client: settings.number, lock: hold.lock, kind: .release,
                    subject: hold.id.low, called: Clocks.now()))
            let answer = await CallerAnswer.of {
                try await client.locks.release(request, options: once(1500))
            }
            if case .value(let released) = answer {
                if released.wasHeld {
                    history.end(record, .released, at: Clocks.now())
                } else if mustBeHeld, attempt == 0 {
                    history.end(record, .notOwner, at: Clocks.now())
                }
                return
            }
            try? await pause(draw(10...200))
        }
    }

    // MARK: Its session

    private func keepSession() async throws {
        if let session, await session.keepAlive(self, holding: nil) != .over { return }
        session = nil
        let fresh = LiveSession(newID(), ttlMilliseconds: draw(settings.ttlMilliseconds))
        if await fresh.open(self) { session = fresh }
    }
}
