import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// When all is well again, changes and reads a key until that succeeds; and when all are gone, reads it
/// once more: nothing that was acknowledged is lost.
final class KeyProbe {
    private unowned let client: SimulatedClient
    let key: String
    private let number: Int
    private var generator: SeededGenerator
    /// It was changed and read.
    private(set) var isDone = false

    init(_ client: SimulatedClient, _ key: String, _ number: Int) {
        self.client = client
        self.key = key
        self.number = number
        generator = client.world.scenario.generator(.keys, 1000 + number)
    }

    func start() {
        guard client.world.phase == .healed else { return }
        ask(.init(key: key, kind: .put(ttlMilliseconds: 0)), sendings: 3) { [self] call in
            guard case .applied = call.told else { return again() }
            ask(.init(key: key, kind: .read), sendings: 3) { [self] call in
                guard case .value = call.told else { return again() }
                isDone = true
                client.world.probeGranted(number)
            }
        }
    }

    private func again() {
        client.after(.milliseconds(100), "probe key") { [self] in start() }
    }

    /// The last look.
    func look() {
        ask(.init(key: key, kind: .read), sendings: 8) { [self] call in
            if case .value = call.told { return }
            client.world.complain(.liveness, key, "cannot be read when all is well")
        }
    }

    private func ask(
        _ wish: KeyErrand.Wish, sendings: Int, _ done: @escaping (KeyCall) -> Void
    ) {
        KeyErrand(
            client, [wish], ids: [RequestID.random(using: &generator)], isBatch: false,
            patience: .seconds(2), sendings: sendings
        ) { done($0[0]) }.send()
    }
}
