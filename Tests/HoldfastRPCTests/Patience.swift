import HoldfastBase

/// Time for what must not end for want of time: tests run by the hundred on few processors, and a
/// thread may wait for one of them for many seconds.
enum Patience {
    static let time = Duration.seconds(120)

    /// `limits` with the time that clients get by default made long; what a test has chosen stays.
    static func given(to limits: Limits) -> Limits {
        var patient = limits
        let usual = Limits()
        for path: WritableKeyPath<Limits, Interval> in [
            \.handshakeTimeout, \.helloTimeout, \.partialFrameTimeout, \.pingTimeout,
            \.writeStallTimeout, \.callTimeoutDefault,
        ] where limits[keyPath: path] == usual[keyPath: path] {
            patient[keyPath: path] = .seconds(120)
        }
        return patient
    }
}
