import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Lists all keys, page by page, and takes each for what it says: of every key that a page reaches, that
/// it has this value, or none.
final class KeyListing {
    private unowned let client: SimulatedClient
    private let limit: Int
    private let done: () -> Void
    private var after = ""
    private var triesLeft = 4

    init(_ client: SimulatedClient, limit: Int, done: @escaping () -> Void) {
        self.client = client
        self.limit = limit
        self.done = done
    }

    private var world: World { client.world }

    func begin() {
        let page = KeyPage(prefix: Scenario.storePrefix, after: after, limit: limit)
        let asked = world.now
        client.call(.listKeys(page), patience: .milliseconds(1500)) { [self] answer in
            guard case .outcome(.keys(let answers, let next)) = answer else {
                if case .outcome(.failed) = answer { client.moveOn() }
                triesLeft -= 1
                guard triesLeft > 0 else { return done() }
                client.after(.milliseconds(client.draw(1...120)), "list again") { [self] in begin()
                }
                return
            }
            world.coverage.note(.keyPages)
            told(answers, next, since: asked)
            guard !next.isEmpty else { return done() }
            guard next > after else {
                world.complain(.keys, next, "a list goes on before \(after)")
                return done()
            }
            after = next
            begin()
        }
    }

    private func told(_ answers: [KeyAnswer], _ next: String, since asked: Instant) {
        let names = answers.map(\.name)
        let isInOrder = zip(names, names.dropFirst()).allSatisfy { $0 < $1 }
        let isInPage = names.allSatisfy { $0 > after && (next.isEmpty || $0 <= next) }
        if !isInOrder || !isInPage || names.count > limit {
            world.complain(.keys, "\(names)", "no page behind \(after) of \(limit), up to \(next)")
        }
        let found = Dictionary(
            answers.map { ($0.name, $0.outcome) }, uniquingKeysWith: { first, _ in first })
        for key in world.keysAsked.sorted() {
            guard key > after, next.isEmpty || key <= next else { continue }
            let record = world.opened(KeyErrand.Wish(key: key, kind: .read), client.index)
            world.keyCalls[record].called = asked
            world.keyCalls[record].calledLast = asked
            switch found[key] {
            case nil: world.closed(record, .value(nil))
            case .value(let view?): world.closed(record, .value(KeyValue.sight(view)))
            case let other?: world.complain(.keys, key, "is listed as \(other)")
            }
        }
    }
}
