internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// Watching locks, across servers.
extension ControlSession {
    /// The longest pause before it is tried again.
    private static let pauseMax = Duration.seconds(5)

    /// Shows changes until Ctrl-C. When the stream ends it is resumed where it was last in step; the
    /// first answer must come, for a server that was never there is a mistake and not an interruption.
    func watch(_ plan: WatchPlan) async throws -> ExitStatus {
        var request = plan.request
        var hasBegun = false
        var pause = Duration.milliseconds(100)
        while true {
            var options = options
            options.waitForReady = hasBegun
            do {
                for try await element in client.watches.watch(request, options: options) {
                    hasBegun = true
                    pause = .milliseconds(100)
                    if case .synced(let synced) = element.event {
                        request.resumeToken = synced.resumeToken
                        if plan.isInitialOnly { return .ok }
                    }
                    let time = console.now().secondText
                    if let answer = LockAnswer.make(element, time: time) { try show(answer) }
                }
            } catch let error as RPCError {
                if Task.isCancelled { return .ok }
                guard hasBegun, Self.isInterruption(error) else { throw error }
                note("interrupted, going on where it was: \(error)")
            }
            if Task.isCancelled { return .ok }
            guard (try? await Task.sleep(for: pause)) != nil else { return .ok }
            pause = min(pause * 2, Self.pauseMax)
        }
    }

    /// The server has left, or we were too slow.
    private static func isInterruption(_ error: RPCError) -> Bool {
        switch error.code {
        case .unavailable, .resourceExhausted, .cancelled, .aborted, .deadlineExceeded: true
        default: false
        }
    }

    func note(_ text: String) {
        console.complain(
            console.complaintPaint.apply(.warning, "holdfastctl: ") + HumanText.foreign(text)
                + "\n")
    }
}
