/// Hears when held calls are not wanted any more.
///
/// It is told on the loop of the call's connection, at most once for each call, after the handler that
/// held the call has run, and never from inside an answer: whoever answers is not called back
/// meanwhile. It hands the news to whoever holds the call by the way on which the call went there, so
/// that it arrives after it.
///
/// The holder still answers, whatever has ended: that is what frees the call's slot. An answer and an
/// end may cross: what is told of a call that was answered already is to be ignored.
package protocol HeldCallObserver: Sendable {
    /// The call was held, and is not wanted any more.
    func callEnded(_ id: HeldCallID, _ end: HeldCallEnd)

    /// What was sent before `HeldCall.tellWhenSent` has gone to the connection.
    func elementsSent(_ id: HeldCallID)
}

extension HeldCallObserver {
    package func elementsSent(_ id: HeldCallID) {}
}
