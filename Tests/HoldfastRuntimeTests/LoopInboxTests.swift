import HoldfastBase
import HoldfastRuntime
import Synchronization
import Testing

/// Values on their way between loops.
@Suite(.timeLimit(.minutes(5))) struct LoopInboxTests {
    /// A value that must not be lost without a trace.
    private struct Parcel: ~Copyable, Sendable {
        let number: Int
        let destroyed: Counter
        deinit { destroyed.add() }
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func add() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
        func wait(for wanted: Int) async -> Bool {
            for _ in 0..<12_000 {
                if count >= wanted { return true }
                try? await Task.sleep(for: .milliseconds(5))
            }
            return false
        }
    }

    /// Says that its loop has stopped.
    private final class Ending: LoopSource {
        private let stopped: Counter
        init(_ stopped: Counter) { self.stopped = stopped }
        func loopStopped() { stopped.add() }
    }

    private final class Ledger: Sendable {
        private let state = Mutex<[Int]>([])
        func note(_ number: Int) { state.withLock { $0.append(number) } }
        var numbers: [Int] { state.withLock { $0 } }
    }

    @Test func whatOneTickSendsArrivesInOrderAndTogether() async throws {
        let (sender, receiver) = (try EventLoop(name: "from"), try EventLoop(name: "to"))
        try sender.start()
        try receiver.start()
        defer {
            sender.stop()
            receiver.stop()
        }
        let (ledger, ticks, destroyed) = (Ledger(), Ledger(), Counter())
        let inbox = LoopInbox<Parcel>(receiver) { parcel in
            ledger.note(parcel.number)
            ticks.note(Int(receiver.ticks))
        }
        sender.post { _ in
            for number in 0..<1000 { inbox.put(Parcel(number: number, destroyed: destroyed)) }
        }
        #expect(await destroyed.wait(for: 1000))
        #expect(ledger.numbers == Array(0..<1000))
        #expect(Set(ticks.numbers).count == 1)
    }

    @Test func onTheSameLoopAndFromNoLoopItArrivesToo() async throws {
        let loop = try EventLoop(name: "both")
        try loop.start()
        defer { loop.stop() }
        let (ledger, destroyed) = (Ledger(), Counter())
        let inbox = LoopInbox<Parcel>(loop) { ledger.note($0.number) }
        loop.post { _ in
            inbox.put(Parcel(number: 1, destroyed: destroyed))
            ledger.note(2)
        }
        #expect(await destroyed.wait(for: 1))
        inbox.put(Parcel(number: 3, destroyed: destroyed))
        #expect(await destroyed.wait(for: 2))
        #expect(ledger.numbers == [1, 2, 3])
    }

    @Test func whatCannotArriveIsDestroyed() async throws {
        let (sender, receiver) = (try EventLoop(name: "from"), try EventLoop(name: "to"))
        try sender.start()
        try receiver.start()
        defer { sender.stop() }
        let (ledger, destroyed, stopped) = (Ledger(), Counter(), Counter())
        receiver.post { loop in _ = loop.register(Ending(stopped)) }
        receiver.stop()
        #expect(await stopped.wait(for: 1))
        let inbox = LoopInbox<Parcel>(receiver) { ledger.note($0.number) }
        sender.post { _ in
            for number in 0..<100 { inbox.put(Parcel(number: number, destroyed: destroyed)) }
        }
        #expect(await destroyed.wait(for: 100))
        #expect(ledger.numbers.isEmpty)
    }
}
