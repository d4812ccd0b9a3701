import HoldfastBase
import Synchronization
import Testing

@testable import HoldfastRPC
@testable import HoldfastRuntime
@testable import HoldfastWire

/// Holds calls on a loop of its own, or where they come in, as a service would.
///
/// `@unchecked Sendable`: `table`, `order` and `pace` are touched on `loop` only.
final class TestHolder: @unchecked Sendable, HeldCallObserver {
    /// What comes to the loop, in order.
    enum Mail: ~Copyable, Sendable {
        case call(HeldCall, payload: [UInt8])
        case ended(HeldCallID, HeldCallEnd)
        case sent(HeldCallID)
    }

    let log = HandlerLog()
    let own: EventLoop
    /// Elements still to be sent, some at a time, whenever those before are sent.
    var pace: [Range<UInt64>] = []
    var table = HeldTable()
    var order: [(id: HeldCallID, payload: [UInt8])] = []
    /// Answers every call at once when set; runs on the loop.
    private let arrived: (@Sendable (TestHolder, consuming HeldCall, [UInt8]) -> Void)?
    /// Whether calls that were cancelled are answered CANCELLED.
    private let answersEnds: Bool
    private let place: Mutex<(loop: EventLoop, inbox: LoopInbox<Mail>?)>

    init(
        answersEnds: Bool = true,
        arrived: (@Sendable (TestHolder, consuming HeldCall, [UInt8]) -> Void)? = nil
    ) throws {
        self.arrived = arrived
        self.answersEnds = answersEnds
        own = try EventLoop(name: "hf-holder")
        try own.start()
        place = Mutex((own, nil))
        move(to: own)
    }

    /// Before the first call: lives on `loop` from now on, which may be that of the connections.
    func move(to loop: EventLoop) {
        let inbox = LoopInbox<Mail>(loop) { [unowned self] mail in receive(mail) }
        place.withLock { $0 = (loop, inbox) }
    }

    private var mail: LoopInbox<Mail>? { place.withLock { $0.inbox } }
    var loop: EventLoop { place.withLock { $0.loop } }

    /// Registers echo and its stream; a call with a delay of 1 is parked, one of 2 is dropped.
    func register(in registry: inout ServiceRegistry) {
        registry.held(EchoService.Methods.echo, observer: self) { call in
            guard let request = call.request(as: EchoRequest.self) else { return }
            guard let held = call.hold(as: request.delayMs == 1 ? .parked : nil) else { return }
            self.log.note("held")
            if request.delayMs == 2 { return }
            self.mail?.put(.call(held, payload: request.payload))
        }
        registry.held(EchoService.Methods.echoStream, observer: self) { call in
            guard let request = call.request(as: EchoStreamRequest.self) else { return }
            guard let held = call.hold() else { return }
            self.log.note("held")
            self.mail?.put(.call(held, payload: request.payload))
        }
    }

    func callEnded(_ id: HeldCallID, _ end: HeldCallEnd) {
        mail?.put(.ended(id, end))
    }

    func elementsSent(_ id: HeldCallID) {
        mail?.put(.sent(id))
    }

    /// What it does when all it has sent is sent, on the loop.
    private func sent(_ id: HeldCallID) {
        log.note("sent")
        guard !pace.isEmpty, let index = order.firstIndex(where: { $0.id == id }) else { return }
        let payload = order[index].payload
        let next = pace.removeFirst()
        let isKnown = table.with(id) {
            for number in next { $0.send(EchoStreamResponse(payload: payload, index: number)) }
            $0.tellWhenSent()
        }
        #expect(isKnown)
        guard pace.isEmpty else { return }
        order.remove(at: index)
        table.take(id)?.finish()
    }

    private func receive(_ mail: consuming Mail) {
        switch consume mail {
        case .call(let call, let payload):
            if let arrived {
                arrived(self, call, payload)
            } else {
                keep(call, payload)
            }
            log.note("arrived")
        case .sent(let id): sent(id)
        case .ended(let id, let end):
            log.note("\(end)")
            guard answersEnds, let call = table.take(id) else { return }
            order.removeAll { $0.id == id }
            call.fail(RPCError(.cancelled, "ended"))
        }
    }

    func keep(_ call: consuming HeldCall, _ payload: [UInt8]) {
        order.append((call.id, payload))
        table.insert(call)
    }

    /// Runs `body` on the loop.
    func onLoop(_ body: @escaping @Sendable (TestHolder) -> Void) {
        loop.post { _ in body(self) }
    }

    /// Answers what is kept, in the order of `pick`, which is given the count.
    func answerAll(_ pick: @escaping @Sendable (Int) -> Int = { _ in 0 }) {
        onLoop { holder in
            while !holder.order.isEmpty {
                let entry = holder.order.remove(at: pick(holder.order.count))
                holder.table.take(entry.id)?.respond(EchoResponse(payload: entry.payload))
            }
        }
    }
}
