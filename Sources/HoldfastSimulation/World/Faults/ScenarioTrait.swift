/// What a run is made of, one by one to be left out: faults, and what callers do.
package enum ScenarioTrait: String, CaseIterable, Hashable, Sendable {
    // Nodes.
    case nodeCrash, nodePause, wipe, rollback, nodeClock, outOfMemory, readOnly, busy, noScript
    case unfit
    // Network.
    case cut, stall, reset, late, callerCut, lostHints, slowLinks
    // Servers.
    case serverCrash, serverPause, crashAtGrant, serverClock, drift
    // Callers.
    case clientPause, vanish, retry, cancel, deadline
    // Ways of working.
    case sessions, shared, multi, waiting, maxHold, lockDelay, strength, mixedTTL
    case change, force, election, watch
    /// A single node may lose its data.
    case soleForgets
    /// Wall clocks of servers far behind: proposals say nothing, and nodes count for themselves.
    case blindClocks
    /// Callers and servers talk in bytes, by the shipped machines. Drawn apart from the others.
    case wire
    /// Connections to nodes break by themselves, often. Drawn apart too.
    case flaky
    /// Nodes lose their data again and again, under short leases, so that they are back soon. Drawn
    /// apart too.
    case storm
    /// Callers change and read keys, too; or nothing else. Drawn apart too.
    case store, storeOnly

    /// Whether it breaks something, as opposed to a way of working.
    package var isFault: Bool {
        switch self {
        case .sessions, .shared, .multi, .waiting, .maxHold, .lockDelay, .strength, .mixedTTL,
            .change, .force, .election, .watch, .soleForgets, .cancel, .deadline, .drift,
            .slowLinks, .blindClocks, .wire, .store, .storeOnly:
            false
        default: true
        }
    }

    /// Whether a storm has it.
    var isOfStorms: Bool {
        [.wipe, .nodeCrash, .serverPause, .cut, .blindClocks].contains(self)
    }

    /// Whether it is drawn apart from the others.
    var isAdded: Bool { [.wire, .flaky, .storm, .store, .storeOnly].contains(self) }

    /// Whether it comes at times of its own in the chaos.
    var isTimed: Bool {
        switch self {
        case .nodeCrash, .nodePause, .wipe, .rollback, .nodeClock, .outOfMemory, .readOnly,
            .busy, .noScript, .unfit, .cut, .stall, .reset, .callerCut, .serverCrash,
            .serverPause, .crashAtGrant, .serverClock, .clientPause, .vanish:
            true
        default: false
        }
    }
}
