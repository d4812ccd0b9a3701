import Holdfast
import HoldfastBase
import HoldfastSimulation

/// What a caller wants, and then holds.
struct CallerHold {
    let lock: String
    let id: RequestID
    let mode: HistoryMode
    let ttlMilliseconds: UInt64
    var waitMilliseconds: UInt64 = 0
    var firstSent = Instant.zero
    /// How often the acquire was sent.
    var sendings = 0
    var fence: UInt64 = 0
    var strength = 0
    /// Until when it is counted on.
    var deadline = Instant.zero

    /// `sent + length · (1 − ε) − margin`: the clocks of nodes may run a little faster.
    static func deadline(sent: Instant, milliseconds: UInt64) -> Instant {
        let length = Int64(clamping: milliseconds) * 1_000_000
        return sent + Interval(nanoseconds: length - length / 500 - 3_000_000)
    }

    var told: HistoryGrant {
        HistoryGrant(
            id: id.low, fence: fence, strength: strength, mode: mode, deadline: deadline)
    }

    func request(session: [UInt8], waited: UInt64) -> AcquireRequest {
        var request = AcquireRequest()
        request.names = [lock]
        request.mode = mode == .shared ? .shared : .exclusive
        request.session = session
        request.ttlMs = session.isEmpty ? ttlMilliseconds : 0
        request.waitMs = waitMilliseconds
        request.waitedMs = waited
        // Whoever is refused because of this grant says so in its history.
        request.metadata = Array(id.bytes.suffix(8))
        return request
    }
}

/// How a call ended.
enum CallerAnswer<Value: Sendable>: Sendable {
    case value(Value)
    /// The server has not done it, and will not.
    case refused(RPCError)
    /// It may be done, now or later.
    case open
}

extension CallerAnswer {
    /// Makes a call once; whether it took effect is told by what came back.
    static func of(_ body: () async throws -> Value) async -> CallerAnswer {
        do {
            return .value(try await body())
        } catch let error as RPCError {
            let isUndone =
                error.isNotProcessed || error.reason == "NO_QUORUM"
                || error.code == .failedPrecondition || error.code == .aborted
                || error.code == .resourceExhausted || error.code == .invalidArgument
            return isUndone ? .refused(error) : .open
        } catch {
            return .open
        }
    }
}
