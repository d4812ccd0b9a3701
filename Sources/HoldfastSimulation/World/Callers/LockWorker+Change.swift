import HoldfastBase
import HoldfastCoordination
import HoldfastNode

/// Changing the mode of what is held, and taking from others by force.
extension LockWorker {
    /// Makes a shared grant exclusive, or an exclusive one shared.
    func change(_ hold: LockHold) {
        let isUpgrade = hold.mode == .shared
        // From now on it may be shared, whatever is heard of it.
        let ending = isUpgrade ? 0..<0 : client.opened(.release, hold.names, hold.grant)
        let records = client.opened(.acquire, hold.names, hold.grant)
        client.call(
            .change(names: hold.names, grant: hold.grant, mode: isUpgrade ? .exclusive : .shared),
            patience: .milliseconds(1500)
        ) { [self] answer in
            guard isHeld(hold) else { return }
            switch answer {
            case .outcome(.granted(let granted)):
                client.world.coverage.note(.modeChanges)
                client.voided(ending)
                changed(hold, isUpgrade ? .exclusive : .shared, granted.fence)
                client.closed(records, .granted(told(hold, strength: granted.strength)))
            case .outcome(.notHeld(let notHeld)) where isUpgrade:
                // Others read too: it stays shared.
                client.closed(
                    records, .notHeld(by: hold.names.count == 1 ? notHeld.holderNumber : nil))
            case .notSent:
                client.voided(ending)
                client.closed(records, .failed("not sent"))
            default: lose(because: "its mode is not known")
            }
        }
    }

    /// An operator takes a lock from whoever has it.
    func force() {
        let scenario = client.world.scenario
        let name = scenario.key(Int(client.draw(0...Int64(scenario.keys - 1))))
        client.world.lastForced += 1
        let place = client.world.history.records.count
        client.world.history.records.append(
            HistoryRecord(
                id: 1 << 40 + client.world.lastForced, client: UInt32(client.index), lock: name,
                kind: .forceRelease, called: client.world.now))
        client.call(
            .forceRelease(name: name, fence: nil), patience: .milliseconds(1500)
        ) { [self] answer in
            switch answer {
            case .outcome(.released(let wasHeld)):
                client.world.coverage.note(.forced)
                client.closed(place..<place + 1, wasHeld ? .released : .unknown)
            case .notSent: client.closed(place..<place + 1, .failed("not sent"))
            case .outcome, .broken: break
            }
        }
    }
}
