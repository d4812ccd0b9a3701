import Synchronization

/// Callers in this process that work until they are told to stop.
package final class Load: Sendable {
    private let tasks: [Task<Counts, any Error>]

    package struct Counts: Sendable {
        package var grants = 0
        package var lost = 0
        package var staleWrites = 0
    }

    /// Every third keeps its grants in a session.
    package init(
        _ cluster: ChaosCluster, callers: Int, seed: UInt64, firstNumber: UInt32 = 1,
        change: (inout CallerSettings) -> Void = { _ in }
    ) {
        let flag = Flag()
        self.flag = flag
        tasks = (0..<callers).map { index in
            let number = firstNumber + UInt32(index)
            var settings = CallerSettings(
                cluster, number: number, seed: seed &* 1_000_003 &+ UInt64(number))
            settings.usesSession = index % 3 == 2
            change(&settings)
            return Task { [settings] in
                let caller = try LockCaller(settings) { flag.isRaised }
                try await caller.run()
                return Counts(
                    grants: caller.grants, lost: caller.lost, staleWrites: caller.staleWrites)
            }
        }
    }

    /// Raised once, looked at by many.
    private final class Flag: Sendable {
        private let value = Mutex(false)

        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }

    private let flag: Flag

    /// Lets every caller finish what it is at.
    package func stop() async throws -> Counts {
        flag.raise()
        var all = Counts()
        for task in tasks {
            let counts = try await task.value
            all.grants += counts.grants
            all.lost += counts.lost
            all.staleWrites += counts.staleWrites
        }
        return all
    }
}
