internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

extension ControlSession {
    /// Round trips of echoes until the plan is fulfilled or the task is cancelled.
    func ping(_ plan: PingPlan) async throws -> ExitStatus {
        let clock = ContinuousClock()
        let request = EchoRequest(payload: [UInt8](repeating: 0x68, count: plan.size))
        try await showBegin(plan, try await roundTrip(EchoRequest()))
        var statistics = PingStatistics()
        var due = clock.now
        while plan.count == 0 || statistics.calls < plan.count {
            let number = statistics.calls + 1
            let answer: Answer
            do throws(RPCError) {
                let time = try await roundTrip(request)
                statistics.answered(in: time)
                answer = PingAnswer.answered(number, time)
            } catch {
                // What was cut short by Ctrl-C was not lost.
                if Task.isCancelled { break }
                statistics.failed()
                answer = PingAnswer.failed(number, error.description)
            }
            if !plan.isQuiet { try show(answer) }
            guard plan.count == 0 || statistics.calls < plan.count else { break }
            due = max(due.advanced(by: plan.interval.duration), clock.now)
            guard (try? await clock.sleep(until: due)) != nil else { break }
        }
        try show(PingAnswer.summary(statistics, endpoint: await endpointText()))
        return statistics.answers > 0 || statistics.calls == 0 ? .ok : .unavailable
    }

    private func roundTrip(_ request: EchoRequest) async throws(RPCError) -> Interval {
        let start = ContinuousClock.now
        _ = try await client.echo.echo(request, options: options)
        return Interval(start.duration(to: .now))
    }

    private func showBegin(_ plan: PingPlan, _ connecting: Interval) async throws(ReaderGone) {
        let server = await client.channel.currentServer()
        try show(
            PingAnswer.begin(
                endpoint: await endpointText(), node: server?.nodeID ?? "",
                agent: server?.agent ?? "", size: plan.size, connecting: connecting))
    }
}
