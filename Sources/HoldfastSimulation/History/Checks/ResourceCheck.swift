import HoldfastBase

/// A resource that checks fences loses no update, even when two clients believe to hold the lock.
///
/// Replays the resource's own log: accepted fences never decrease, every accepted write had read what
/// the accepted write before it wrote, and nobody is refused whose fence is not older. The resource
/// must take note of the fence with the *read* already: else a writer with an older fence comes in
/// between, and the update that is lost is the resource's fault.
package enum ResourceCheck {
    package static func run(_ log: [ResourceEntry]) -> CheckReport {
        var report = CheckReport(.fencedResource)
        report.examined = log.count
        var latest: [String: ResourceEntry] = [:]
        for entry in log {
            guard let last = latest[entry.resource] else {
                if entry.isAccepted { latest[entry.resource] = entry }
                continue
            }
            if !entry.isAccepted {
                if entry.fence >= last.fence { add("refused, though not older", entry, last) }
                continue
            }
            if entry.fence < last.fence { add("accepted, with an older fence", entry, last) }
            if entry.read != last.written { add("accepted, and an update was lost", entry, last) }
            latest[entry.resource] = entry
        }
        return report

        func add(_ what: String, _ entry: ResourceEntry, _ last: ResourceEntry) {
            report.add {
                HistoryViolation(
                    .fencedResource, entry.resource,
                    "\(what): \(told(entry)), after \(told(last))")
            }
        }
    }

    private static func told(_ entry: ResourceEntry) -> String {
        "client \(entry.client) with fence \(entry.fence) read \(entry.read) and wrote "
            + "\(entry.written) at \(entry.at.nanoseconds) ns"
    }
}
