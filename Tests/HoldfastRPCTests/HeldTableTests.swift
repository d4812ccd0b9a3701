import HoldfastBase
import Testing

@testable import HoldfastRPC
@testable import HoldfastRuntime

/// The table beside a dictionary.
@Suite struct HeldTableTests {
    private static func call(_ number: UInt64, _ desk: AnswerDesk) -> HeldCall {
        HeldCall(
            HeldCallID(high: number % 3, low: number), deadline: .never, isStream: false,
            desk: desk)
    }

    @Test func itHoldsWhatADictionaryWould() throws {
        let desk = AnswerDesk(try EventLoop(name: "never started"))
        var generator = SystemRandomNumberGenerator()
        for range: UInt64 in [4, 40, 4000] {
            var table = HeldTable()
            var model: Set<UInt64> = []
            for _ in 0..<20_000 {
                let number = UInt64.random(in: 0..<range, using: &generator)
                let id = HeldCallID(high: number % 3, low: number)
                let taken = table.take(id)
                let wasThere = model.remove(number) != nil
                switch consume taken {
                case .some(let call):
                    #expect(wasThere && call.id == id)
                case .none:
                    #expect(!wasThere)
                    table.insert(Self.call(number, desk))
                    model.insert(number)
                }
                #expect(table.count == model.count)
            }
            for number in model {
                #expect(table.with(HeldCallID(high: number % 3, low: number)) { _ in })
            }
        }
    }
}
