import HoldfastBase
import HoldfastSystem

/// One thread that serves the connections of a load.
@safe
final class LoadSpinner {
    private let loads: [LoadConnection]
    private let poller: Poller
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    init(_ loads: [LoadConnection]) throws {
        self.loads = loads
        poller = try Poller()
        for (index, load) in loads.enumerated() {
            try poller.add(load.descriptor.number, .readable, token: UInt64(index))
        }
    }

    deinit {
        unsafe scratch.deallocate()
    }

    func begin(depth: Int) {
        for load in loads {
            let now = Clocks.now()
            load.begin(depth: depth, now: now)
            load.flush(now: now)
        }
    }

    /// Serves for `seconds`, or until `isOver`.
    func spin(_ seconds: Double, until isOver: () -> Bool = { false }) {
        let end = Clocks.now() + Interval(nanoseconds: Int64(seconds * 1e9))
        while Clocks.now() < end, !isOver() {
            for index in 0..<poller.wait(milliseconds: 100) {
                unsafe loads[Int(poller.event(index).token)].ready(scratch: scratch)
            }
        }
    }
}
