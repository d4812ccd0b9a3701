/// How often something interesting was seen: a run that never raised a fence has shown nothing about
/// raising.
package struct Coverage: Hashable, Sendable {
    package enum Probe: Int, CaseIterable, Sendable {
        case commands, lateCommands, grants, raises, handOffs, wakes, refusals, renewals, lost
        case sessionsLost, retries, cancels, deadlines, releases, forgets, readmissions, restarts
        case faults, staleWrites, writes, adoptions, seeds, missingScripts, modeChanges
        case forced, terms, proclamations, looks, changesSeen, resumes
        case wires, pieces, unanswered
        case keyChanges, keyReads, keyMismatches, keyRefusals, keyRepeats, keyPages
        case prepares, accepts, ballotsLost, lessons, keysUndecided
    }

    private var counts = Array(repeating: 0, count: Probe.allCases.count)

    package init() {}

    mutating func note(_ probe: Probe) { counts[probe.rawValue] += 1 }
    package func count(_ probe: Probe) -> Int { counts[probe.rawValue] }

    package mutating func add(_ other: Coverage) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }
}
