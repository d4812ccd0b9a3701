#if HOLDFAST_PLANTS
    internal import Synchronization

    /// A mistake that can be switched on, to see that the simulator finds it. Shipped builds have none:
    /// this, and every place that asks for one, is compiled with `HOLDFAST_PLANTS` only.
    package enum Plant: UInt8, CaseIterable, Sendable {
        // Rounds.
        case naiveFence = 1, lateYes, minority
        // Nodes.
        case fenceFromClock, releaseAnybody, claimIgnored, noTombstone, placesForEver
        case skewAccepted
        // The brain.
        case silentForgotten, sessionCounted, laggingCounted, lossAtOnce, cancelledStays, noPoll
        case clockStuck
        // The cluster.
        case noAbsence, absenceKept, floorForgotten, evictingVotes, recoveryStuck
        // Scripts.
        case luaReleaseAnybody, luaNoTombstone, luaCounterIgnored, luaReadersIgnored
        case luaPlaceStands
        // Registers, on nodes.
        case acceptsAnything, promiseForgotten, nextUnchecked, floorIgnored, learnerVotes
        case lessonOverwrites
        // Registers, on servers.
        case ballotReused, lowestTaken, promiseOfMinority, readMinority, noWriteBack
        case readingShared, otherEpoch, lessonMinority, operationForgotten, versionReset
        case unknownDenied, listMinority
        // Registers, in scripts.
        case luaAcceptsAnything, luaPromiseForgotten, luaLearnerVotes, luaLessonOverwrites
        // Callers.
        case deadlineFromReply

        private static let chosen = Atomic<UInt8>(0)

        /// The one that is on, for all threads; nil is none.
        package static var active: Plant? {
            get { Plant(rawValue: chosen.load(ordering: .relaxed)) }
            set { chosen.store(newValue?.rawValue ?? 0, ordering: .relaxed) }
        }

        package var isActive: Bool { Self.chosen.load(ordering: .relaxed) == rawValue }

        package var name: String { "\(self)" }

        /// Whether callers of keys show it, and those of locks do not.
        package var isAboutKeys: Bool {
            (Plant.acceptsAnything.rawValue...Plant.luaLessonOverwrites.rawValue)
                .contains(rawValue)
        }

        /// What is wrong where it is on.
        package var summary: String {
            switch self {
            case .naiveFence: "the largest fence is taken, and nobody is raised to it"
            case .lateYes: "a yes that came after the fence was fixed counts for it"
            case .minority: "one node fewer than a majority makes a grant"
            case .fenceFromClock: "a node grants the proposed fence, whatever its counter"
            case .releaseAnybody: "a release takes the lock from whoever holds it"
            case .claimIgnored: "a server takes back what another has claimed since"
            case .noTombstone: "a late acquire is granted after its release"
            case .placesForEver: "a place in a queue stands although nobody asks again"
            case .skewAccepted: "a node takes proposals far ahead of its clock"
            case .silentForgotten: "a try is not taken back on nodes that never answered"
            case .sessionCounted: "a renewed session counts for grants that a node lost"
            case .laggingCounted: "a node counts that the session's last renewal did not reach"
            case .lossAtOnce: "a lost grant is freed while its holder counts on it"
            case .cancelledStays: "a cancelled waiter stays in its queue"
            case .noPoll: "who missed a hint waits for ever"
            case .clockStuck: "a clock that was ahead for a moment stays ahead"
            case .noAbsence: "a node that forgot votes at once"
            case .absenceKept: "an absence goes on although the node may have been in meanwhile"
            case .floorForgotten: "a node that forgot is admitted without the fences"
            case .evictingVotes: "a node that evicts may vote"
            case .recoveryStuck: "an admission that failed once is never tried again"
            case .luaReleaseAnybody: "the script takes the lock from whoever holds it"
            case .luaNoTombstone: "the script grants an acquire that comes after its release"
            case .luaCounterIgnored: "the script draws fences without looking at the lock's counter"
            case .luaReadersIgnored: "the script grants an exclusive lock beside readers"
            case .luaPlaceStands: "the script keeps places in queues although nobody asks again"
            case .acceptsAnything: "a node takes a value below what it has promised"
            case .promiseForgotten: "a node answers a prepare, and keeps no promise"
            case .nextUnchecked: "a node says that the next ballot is promised, and promised more"
            case .floorIgnored: "a node forgets what a register had promised that is gone"
            case .learnerVotes: "a node that forgot votes about keys before its lesson"
            case .lessonOverwrites: "a lesson puts older values over newer ones"
            case .ballotReused: "a ballot is used again after an accept that failed"
            case .lowestTaken: "of what was accepted the oldest is gone on with"
            case .promiseOfMinority: "the next ballot counts as promised by fewer than a quorum"
            case .readMinority: "a reading is answered by one node"
            case .noWriteBack: "a reading tells what a minority may have, and does not spread it"
            case .readingShared: "a reading answers who asked after it began"
            case .otherEpoch: "values are sent in another epoch than their ballot was promised in"
            case .lessonMinority: "a node that forgot is taught by fewer than a quorum"
            case .operationForgotten: "a change that is sent again is made again"
            case .versionReset: "versions begin anew with each deleted key"
            case .unknownDenied: "of a change that may be made it is said that it was not"
            case .listMinority: "a list knows the keys of one node"
            case .luaAcceptsAnything: "the script takes a value below what was promised"
            case .luaPromiseForgotten: "the script answers a prepare, and keeps no promise"
            case .luaLearnerVotes: "the script has a say before the lesson"
            case .luaLessonOverwrites: "the script lets a lesson put older values over newer ones"
            case .deadlineFromReply: "a caller counts from the answer, not from the question"
            }
        }
    }
#endif
