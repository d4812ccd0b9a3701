internal import Holdfast
internal import HoldfastBase
internal import HoldfastRPC
internal import HoldfastWire

/// Sessions, and streams of what happens.
extension ControlSession {
    func session(_ command: SessionCommand) async throws -> ExitStatus {
        let sessions = client.sessions
        switch command {
        case .open(let request, let id):
            var options = options
            options.requestID = id.flatMap { unsafe RequestID($0.span.bytes) }
            return try show(SessionAnswer.make(try await sessions.open(request, options: options)))
        case .keepAlive(let request):
            let response = try await sessions.keepAlive(request, options: options)
            return try show(SessionAnswer.make(response), response.lost.isEmpty ? .ok : .lost)
        case .close(let session):
            _ = try await sessions.close(
                CloseSessionRequest(session: session), options: options)
            return try show(SessionAnswer.closed)
        case .list(nil):
            return try show(SessionAnswer.make(try await allLocks("").locks))
        case .list(let session?):
            let response = try await sessions.listGrants(
                ListGrantsRequest(session: session), options: options)
            return try show(SessionAnswer.make(response))
        case .events(let session):
            let elements = sessions.events(
                SessionEventsRequest(session: session), options: options)
            var status = ExitStatus.ok
            for try await element in elements {
                status = .lost
                try show(SessionAnswer.make(element, time: console.now().secondText))
            }
            return status
        }
    }

    /// Shows each element; Ctrl-C is how this ends.
    func follow<Element>(
        _ elements: ResponseStream<Element>, _ answer: (Element, String) -> Answer?
    ) async throws -> ExitStatus {
        do {
            for try await element in elements {
                if let answer = answer(element, console.now().secondText) { try show(answer) }
            }
        } catch let error as RPCError where error.code == .cancelled && Task.isCancelled {
            return .ok
        }
        guard !Task.isCancelled else { return .ok }
        throw RPCError(.unavailable, "the server has ended the stream")
    }
}
