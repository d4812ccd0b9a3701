internal import HoldfastBase
internal import HoldfastNode

/// The watchdog: renews grants for callers that only keep their connection open.
extension Brain {
    mutating func startAutoRenewal(_ acquisition: Acquisition) {
        let request = acquisition.request
        guard request.renewIntervalMilliseconds > 0, request.session == nil else { return }
        let longest = Interval.milliseconds(Int64(clamping: request.maxHoldMilliseconds))
        let interval = Interval.milliseconds(Int64(clamping: request.renewIntervalMilliseconds))
        // A repeat of the request has its renewal already.
        let known = autoRenewals[request.grant]?.due ?? .never
        let due = min(known, now.instant + interval)
        endAutoRenewal(request.grant)
        autoRenewals[request.grant] = AutoRenewal(
            names: request.names, ttlMilliseconds: request.ttlMilliseconds, interval: interval,
            until: request.maxHoldMilliseconds == 0 ? .never : acquisition.tryStarted + longest,
            connection: acquisition.connection, due: due)
        autoRenewalsOf[acquisition.connection, default: []].insert(request.grant)
        if due < known { timers.add(.autoRenewal(request.grant), at: due) }
    }

    mutating func autoRenewalDue(_ grant: GrantID) {
        guard let renewal = autoRenewals[grant], renewal.due <= now.instant else { return }
        let left = UInt64(clamping: (renewal.until - now.instant).nanoseconds / 1_000_000)
        guard left > 0, renewal.until > now.instant else {
            endAutoRenewal(grant)
            return
        }
        autoRenewals[grant]?.due = now.instant + renewal.interval
        timers.add(.autoRenewal(grant), at: now.instant + renewal.interval)
        renew(nil, renewal.names, grant, min(renewal.ttlMilliseconds, left))
    }

    mutating func endAutoRenewal(_ grant: GrantID) {
        guard let renewal = autoRenewals.removeValue(forKey: grant) else { return }
        autoRenewalsOf[renewal.connection]?.remove(grant)
        if autoRenewalsOf[renewal.connection]?.isEmpty == true {
            autoRenewalsOf[renewal.connection] = nil
        }
    }

    /// A caller is gone: what was renewed for it ends by its time.
    package mutating func connectionEnded(_ connection: ConnectionID, at moment: Moment) {
        now = moment
        for grant in autoRenewalsOf.removeValue(forKey: connection) ?? [] {
            autoRenewals[grant] = nil
        }
    }
}
