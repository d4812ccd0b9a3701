/// What a client does beside making calls.
public struct ClientOptions: Sendable {
    /// Put in front of every name of a lock or election, with a `/` behind it, and seen by policies: a
    /// tenant, a workspace, an environment. Calls of the generated clients are not changed.
    public var namespace: String
    /// How long an acquire, beyond its wait, is sent again where no answer comes.
    public var answerPatience: Duration
    /// How long a release waits for its answer before it goes on in the background.
    public var releasePatience: Duration
    /// Where the client's log goes; `nil` for nowhere.
    public var log: (any HoldfastLog)?
    /// Where the client's metrics go; `nil` for nowhere.
    public var metrics: (any HoldfastMetrics)?
    /// What time it is; only tests have another than the real one.
    package var clock = ClientClock.system

    /// Options with the defaults for all that is not given.
    public init(
        namespace: String = "", answerPatience: Duration = .seconds(10),
        releasePatience: Duration = .seconds(5), log: (any HoldfastLog)? = nil,
        metrics: (any HoldfastMetrics)? = nil
    ) {
        self.namespace = namespace
        self.answerPatience = answerPatience
        self.releasePatience = releasePatience
        self.log = log
        self.metrics = metrics
    }
}
