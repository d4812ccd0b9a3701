import Glibc
import HoldfastBase
import HoldfastSimulation
import Synchronization

/// The history file of one process or caller: every line is with the system when its call is sent.
package final class HistoryFile: Sendable {
    private struct State {
        var writer = HistoryWriter()
        var lastID: UInt64 = 0
    }

    private let descriptor: Int32
    private let state = Mutex(State())

    package init(_ path: String) throws {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ChaosFailure("cannot write \(path): errno \(errno)") }
        write { _ in }
    }

    deinit { close(descriptor) }

    private func write(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            let bytes = state.writer.take()
            // What cannot be written is missed by the reader, which ends the run.
            _ = unsafe bytes.withUnsafeBytes { room in
                unsafe Glibc.write(descriptor, room.baseAddress, room.count)
            }
        }
    }

    func nodeCount(_ count: Int) { write { $0.writer.nodeCount(count) } }

    func forgot(_ node: Int, from: Instant, until: Instant) {
        write { $0.writer.forgot(NodeForget(node: node, from: from, until: until)) }
    }

    /// Notes a call that is about to be made; what is returned is to be ended.
    func begin(_ record: HistoryRecord) -> HistoryRecord {
        var numbered = record
        write { state in
            state.lastID += 1
            numbered.id = state.lastID
            state.writer.called(numbered)
        }
        return numbered
    }

    func end(_ record: HistoryRecord, _ outcome: HistoryOutcome, at now: Instant) {
        var ended = record
        ended.outcome = outcome
        ended.returned = now
        write { $0.writer.returned(ended) }
    }
}
