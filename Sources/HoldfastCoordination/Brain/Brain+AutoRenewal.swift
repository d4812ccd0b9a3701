internal import HoldfastBase
internal import HoldfastNode

/// The watchdog: renews grants for callers that only keep their connection open.
extension Brain {
    mutating func startAutoRenewal(_ acquisition: Acquisition) {
        let request = acquisition.request
        guard request.renewIntervalMilliseconds > 0, request.session == nil else { return }
        let longest = Interval.milliseconds(Int64(clamping: request.maxHoldMilliseconds))
        let renewal = AutoRenewal(
            names: request.names, ttlMilliseconds: request.ttlMilliseconds,
            interval: .milliseconds(Int64(clamping: request.renewIntervalMilliseconds)),
            until: request.maxHoldMilliseconds == 0 ? .never : acquisition.tryStarted + longest,
            connection: acquisition.connection)
        autoRenewals[request.grant] = renewal
        timers.add(.autoRenewal(request.grant), at: now.instant + renewal.interval)
    }

    mutating func autoRenewalDue(_ grant: GrantID) {
        guard let renewal = autoRenewals[grant] else { return }
        let left = UInt64(clamping: (renewal.until - now.instant).nanoseconds / 1_000_000)
        guard left > 0, renewal.until > now.instant else {
            autoRenewals[grant] = nil
            return
        }
        timers.add(.autoRenewal(grant), at: now.instant + renewal.interval)
        renew(nil, renewal.names, grant, min(renewal.ttlMilliseconds, left))
    }

    /// A caller is gone: what was renewed for it ends by its time.
    package mutating func connectionEnded(_ connection: ConnectionID, at moment: Moment) {
        now = moment
        for (grant, renewal) in autoRenewals where renewal.connection == connection {
            autoRenewals[grant] = nil
        }
    }
}
