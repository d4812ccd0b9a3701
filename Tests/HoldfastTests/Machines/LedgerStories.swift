import HoldfastBase
import Testing

@testable import Holdfast

/// What a client believes to hold, and how it is compared with what a server lists.
@Suite struct LedgerStories {
    private func id(_ number: UInt64) -> RequestID { RequestID(high: 7, low: number) }

    private func listed(
        _ number: UInt64, _ names: String..., fence: UInt64 = 1
    ) -> SessionLedger.Listed {
        .init(grant: id(number), names: names, isElection: false, fence: fence)
    }

    private func take(
        _ ledger: inout SessionLedger, _ number: UInt64, _ names: String..., fence: UInt64 = 1,
        isElection: Bool = false, isJoined: Bool = false
    ) {
        ledger.began(id(number))
        ledger.acquired(
            id(number), names: names, isElection: isElection, fence: fence, isJoined: isJoined)
    }

    @Test func theSumIsThatOfTheServers() {
        var ledger = SessionLedger()
        take(&ledger, 1, "a", "b")
        take(&ledger, 2, "a", isElection: true)
        var digest = GrantDigest.element(name: "l/a", grant: id(1))
        digest = GrantDigest.add(GrantDigest.element(name: "l/b", grant: id(1)), to: digest)
        digest = GrantDigest.add(GrantDigest.element(name: "e/a", grant: id(2)), to: digest)
        expect(ledger.count == 3 && ledger.digest == digest)
        ledger.leave(id(1))
        ledger.leave(id(2))
        expect(ledger.count == 0 && ledger.digest == 0 && ledger.listingBytes == 0)
        expect(!ledger.isEmpty)
        ledger.left(id(1))
        ledger.left(id(2))
        expect(ledger.isEmpty)
    }

    @Test func oneThatEntersAgainIsNoGrantOfItsOwn() {
        var ledger = SessionLedger()
        take(&ledger, 1, "a", fence: 5)
        let digest = ledger.digest
        take(&ledger, 2, "a", fence: 5, isJoined: true)
        expect(ledger.digest == digest && ledger.count == 1)
        // The first leaves; the grant keeps its id.
        ledger.leave(id(1))
        expect(ledger.digest == digest)
        let found = ledger.compare([listed(1, "a", fence: 5)], upTo: ledger.version)
        expect(found.missing.isEmpty && found.strangers.isEmpty)
        ledger.leave(id(2))
        expect(ledger.count == 0)
    }

    @Test func enteredAgainWhatNobodyKnew() {
        var ledger = SessionLedger()
        take(&ledger, 2, "a", fence: 5, isJoined: true)
        let found = ledger.compare([listed(1, "a", fence: 5)], upTo: ledger.version)
        expect(found.missing.isEmpty && found.strangers.isEmpty)
        expect(ledger.digest == GrantDigest.element(name: "l/a", grant: id(1)))
        expect(ledger.holders(upTo: ledger.version) == [id(2)])
        ledger.leave(id(2))
        expect(ledger.count == 0 && ledger.digest == 0)
    }

    @Test func whatIsMissingAndWhatIsStrange() {
        var ledger = SessionLedger()
        take(&ledger, 1, "a")
        take(&ledger, 2, "b")
        let version = ledger.version
        take(&ledger, 3, "c")
        ledger.began(id(4))
        ledger.leave(id(5))
        let found = ledger.compare(
            [listed(1, "a"), listed(4, "d"), listed(5, "e"), listed(6, "f")], upTo: version)
        // 3 came after the keep-alive; 4 is being asked for, 5 given back.
        expect(found.missing == [id(2)])
        expect(found.strangers.map(\.grant) == [id(6)])
    }

    @Test func aRenewalConcernsWhatWasThereWhenItWasSent() {
        var ledger = SessionLedger()
        take(&ledger, 1, "a")
        let version = ledger.version
        take(&ledger, 2, "b")
        expect(ledger.holders(upTo: version) == [id(1)])
        expect(ledger.holders(upTo: ledger.version).sorted() == [id(1), id(2)])
    }
}
