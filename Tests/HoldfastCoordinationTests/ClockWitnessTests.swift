import HoldfastBase
import Testing

@testable import HoldfastCoordination

@Suite("The witness of a node's clock")
struct ClockWitnessTests {
    /// Reads the clock `offset` ms from ours, asked and answered so many ms from the beginning.
    private func read(
        _ witness: inout ClockWitness, offset: Int64, asked: Int64, said: Int64, answered: Int64
    ) -> Int64? {
        witness.read(
            microseconds: UInt64(10_000_000_000 + (said + offset) * 1000),
            asked: .zero + .milliseconds(asked), answered: .zero + .milliseconds(answered)
        ).map { $0 / 1000 }
    }

    @Test("a steady clock is never accused, however late answers come and whenever it was read")
    func steady() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var witness = ClockWitness()
            var time: Int64 = 0
            for _ in 0..<50 {
                let asked = time + .random(in: 0...1000, using: &random)
                let answered = asked + .random(in: 0...3000, using: &random)
                let said = Int64.random(in: asked...answered, using: &random)
                #expect(
                    read(&witness, offset: 500, asked: asked, said: said, answered: answered) == nil
                )
                time = answered
            }
        }
    }

    @Test("a step is seen by the first answer in time, even when the one after the step came late")
    func step() {
        for step: Int64 in [-60_000, -300, 300, 7_200_000] {
            var witness = ClockWitness()
            #expect(read(&witness, offset: 0, asked: 1000, said: 1000, answered: 1002) == nil)
            let late = read(&witness, offset: step, asked: 2000, said: 2000, answered: 3500)
            let next = read(&witness, offset: step, asked: 4000, said: 4000, answered: 4002)
            #expect(late != nil || next != nil, "\(step)")
            #expect(read(&witness, offset: step, asked: 5000, said: 5000, answered: 5002) == nil)
        }
    }

    @Test("a fast clock is no set clock, and what is nonsense does no harm")
    func bounds() {
        var witness = ClockWitness()
        for second: Int64 in 1...1000 {
            let said = second * 1004
            #expect(
                witness.read(
                    microseconds: UInt64(said * 1000), asked: .zero + .seconds(second),
                    answered: .zero + .seconds(second)) == nil)
        }
        for clock: UInt64 in [0, .max, 1, .max / 2] {
            _ = witness.read(
                microseconds: clock, asked: .zero + .seconds(1001), answered: .zero + .seconds(1001)
            )
        }
    }
}
