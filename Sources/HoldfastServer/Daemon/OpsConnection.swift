internal import HoldfastBase
internal import HoldfastRuntime
internal import HoldfastSystem

/// One probe: a request, an answer, the end.
final class OpsConnection: LoopSource, @unchecked Sendable {
    // `@unchecked Sendable`: touched on its loop only.
    private static let time = Interval.seconds(10)

    /// How far it is; `nil` when it has ended.
    typealias OnStage = (LoopToken, OpsPlaces<LoopToken>.Stage?) -> Void

    private let descriptor: Int32
    private let loop: EventLoop
    private let facts: @Sendable () async -> OpsFacts
    private let onStage: OnStage
    private(set) var token = LoopToken.none
    private var exchange = OpsExchange()
    private var answer: [UInt8] = []
    private var sent = 0
    private var isBlocked = false
    private var stage = OpsPlaces<LoopToken>.Stage.silent

    init(
        _ descriptor: Int32, loop: EventLoop, facts: @escaping @Sendable () async -> OpsFacts,
        onStage: @escaping OnStage
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.facts = facts
        self.onStage = onStage
        token = loop.register(self)
    }

    func begin() {
        loop.setTimer(token, at: loop.now + Self.time)
        watch(.readable)
        // Who came long ago has asked already, and must not be taken for one who says nothing.
        read()
    }

    func ready(_ event: Poller.Event) {
        switch stage {
        case .silent: if event.isReadable { read() }
        case .asking: break
        case .answered: write()
        }
    }

    func timerFired() { end() }
    func loopStopped() { end() }

    private func read() {
        var room = [UInt8](repeating: 0, count: 4096)
        let step = unsafe room.withUnsafeMutableBytes { unsafe Sockets.read(descriptor, into: $0) }
        switch step {
        case .bytes(let size):
            switch exchange.receive(room.prefix(size)) {
            case .readMore: break
            case .gather: gather()
            case .answer(let bytes): send(bytes)
            }
        case .wouldBlock: break
        case .end, .failed: end()
        }
    }

    /// Behind the request nothing is read: the end of a caller that has only closed its half is no
    /// reason to keep the answer back.
    private func gather() {
        stage = .asking
        loop.unwatch(descriptor)
        onStage(token, stage)
        let facts = facts
        let loop = loop
        let token = token
        Task {
            let gathered = await facts()
            loop.post { loop in
                guard let connection = loop.source(token) as? OpsConnection else { return }
                connection.send(connection.exchange.answer(gathered))
            }
        }
    }

    private func send(_ bytes: [UInt8]) {
        loop.unwatch(descriptor)
        answer = bytes
        stage = .answered
        onStage(token, stage)
        write()
    }

    private func write() {
        while sent < answer.count {
            let written = unsafe answer[sent...].withUnsafeBytes {
                unsafe Sockets.write(descriptor, $0)
            }
            guard let written else { return end() }
            if written == 0 {
                if !isBlocked { watch(.writable) }
                isBlocked = true
                return
            }
            sent += written
        }
        Sockets.shutdownWrite(descriptor)
        end()
    }

    private func watch(_ interest: Poller.Interest) {
        do {
            try loop.watch(descriptor, interest, for: token)
        } catch {
            end()
        }
    }

    func end() {
        guard loop.source(token) != nil else { return }
        loop.unwatch(descriptor)
        loop.unregister(token)
        Sockets.close(descriptor)
        onStage(token, nil)
    }
}
