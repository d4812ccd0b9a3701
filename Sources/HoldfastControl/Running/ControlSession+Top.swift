internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// The live screen.
extension ControlSession {
    /// Locks that are asked for at a time, and the most that are looked at in one picture.
    private static let pageSize: UInt32 = 500
    private static let topPagesMax = 4

    private enum TopEvent: Sendable {
        case heard(TopPicture.Sample)
        case failed(String)
        case screen(Screen.Event)
    }

    func top(_ plan: TopPlan) async throws -> ExitStatus {
        var picture = TopPicture(endpoint: await endpointText())
        let first = try await sample(plan)
        picture = TopPicture(endpoint: await endpointText())
        picture.take(first)
        guard let screen, !plan.isOnce, settings.form == .table else {
            return try await printOnce(picture, first)
        }
        return await live(plan, picture, screen)
    }

    private func printOnce(
        _ picture: TopPicture, _ sample: TopPicture.Sample
    ) async throws -> ExitStatus {
        let columns = console.columns
        let answer = TopAnswer.make(sample, endpoint: await endpointText()) { surface in
            picture.lines(columns: columns ?? .max, rows: nil, paint: surface.paint)
                .map { $0 + "\n" }.joined()
        }
        return try show(answer, NodesAnswer.exitStatus(sample.nodes))
    }

    /// Until q, or until the task is cancelled; the terminal is given back on every way out.
    private func live(
        _ plan: TopPlan, _ first: TopPicture, _ screen: Screen
    ) async -> ExitStatus {
        // The screen shows the newest: what was not drawn yet when the next comes is of no use.
        let (events, sink) = AsyncStream.makeStream(
            of: TopEvent.self, bufferingPolicy: .bufferingNewest(16))
        screen.enter { sink.yield(.screen($0)) }
        defer { screen.leave() }
        return await withTaskGroup(of: Void.self, returning: ExitStatus.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: plan.interval.duration)) != nil {
                    do {
                        sink.yield(.heard(try await sample(plan)))
                    } catch {
                        if Task.isCancelled { break }
                        sink.yield(.failed("\(error)"))
                    }
                }
                sink.finish()
            }
            var picture = first
            draw(picture, screen)
            for await event in events {
                switch event {
                case .heard(let sample): if !picture.isPaused { picture.take(sample) }
                case .failed(let problem): picture.failed(HumanText.foreign(problem))
                case .screen(.resized): break
                case .screen(.key(let key)):
                    if !picture.press(key) {
                        group.cancelAll()
                        return .ok
                    }
                }
                draw(picture, screen)
            }
            group.cancelAll()
            return .ok
        }
    }

    /// From the top left, each line to its end, and nothing below: no flicker.
    private func draw(_ picture: TopPicture, _ screen: Screen) {
        let size = screen.size()
        let lines = picture.lines(columns: size.columns, rows: size.rows, paint: console.paint)
        let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        _ = console.print("\u{1B}[H" + text + "\u{1B}[J")
    }

    private func sample(_ plan: TopPlan) async throws -> TopPicture.Sample {
        async let server = client.admin.getServerInfo(.init(), options: options)
        async let nodes = client.admin.listNodes(.init(), options: options)
        let locks = try await topLocks(plan)
        return TopPicture.Sample(
            at: console.clock(), server: try await server, nodes: try await nodes,
            locks: locks.found, isCut: locks.isCut, problem: locks.problem)
    }

    /// The first locks; that there is no quorum to ask is something to show, and not the end.
    private func topLocks(
        _ plan: TopPlan
    ) async throws -> (found: [LockInfo], isCut: Bool, problem: String?) {
        var found: [LockInfo] = []
        var request = ListLocksRequest(prefix: plan.prefix, pageSize: Self.pageSize)
        do throws(RPCError) {
            for _ in 0..<Self.topPagesMax {
                let page = try await client.locks.listLocks(request, options: options)
                found += page.locks
                request.pageToken = page.nextPageToken
                if page.nextPageToken.isEmpty { break }
            }
        } catch {
            guard error.reason == "NO_QUORUM" else { throw error }
            return ([], false, HumanText.foreign(error.message))
        }
        return (found, !request.pageToken.isEmpty, nil)
    }
}
