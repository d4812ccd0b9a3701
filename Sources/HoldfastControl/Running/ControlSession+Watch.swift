internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// Watching locks, across servers.
extension ControlSession {
    /// The longest pause before it is tried again.
    private static let pauseMax = Duration.seconds(5)

    /// Shows changes until Ctrl-C. When the stream ends it is resumed where it was last in step.
    func watch(_ plan: WatchPlan) async throws -> ExitStatus {
        var request = plan.request
        return try await following { options, heard in
            for try await element in client.watches.watch(request, options: options) {
                heard()
                if case .synced(let synced) = element.event {
                    request.resumeToken = synced.resumeToken
                    if plan.isInitialOnly { return true }
                }
                let time = console.now().secondText
                if let answer = LockAnswer.make(element, time: time) { try show(answer) }
            }
            return false
        }
    }

    /// Reads a stream to its end, again and again, until `read` says that it is enough, or Ctrl-C. The
    /// first answer must come: a server that was never there is a mistake and not an interruption.
    func following(
        _ read: (CallOptions, _ heard: () -> Void) async throws -> Bool
    ) async throws -> ExitStatus {
        var hasBegun = false
        var pause = Duration.milliseconds(100)
        while true {
            var options = options
            options.waitForReady = hasBegun
            do {
                let isEnough = try await read(options) {
                    hasBegun = true
                    pause = .milliseconds(100)
                }
                if isEnough { return .ok }
            } catch let error as RPCError {
                if Task.isCancelled { return .ok }
                guard hasBegun, error.isInterruption else { throw error }
                note("interrupted, going on where it was: \(error)")
            }
            if Task.isCancelled { return .ok }
            guard (try? await Task.sleep(for: pause)) != nil else { return .ok }
            pause = min(pause * 2, Self.pauseMax)
        }
    }

    func note(_ text: String) {
        console.complain(
            console.complaintPaint.apply(.warning, "holdfastctl: ") + HumanText.foreign(text)
                + "\n")
    }
}
