internal import COpenSSL
internal import Synchronization

/// The context in use, and how it is replaced while connections are running.
///
/// A reload reads all files again (the CAs too), builds a whole new context with every test that
/// the first one had to pass, and only then swaps. Connections keep the context they began with;
/// new ones take `current`. On any error the old context stays, so a half-written secret costs a
/// log line and nothing else.
///
/// A loop keeps the context and looks at `generation` per connection, which is one atomic load.
/// All methods may be called on any thread; `reload` and `filesChanged` touch files and belong
/// where blocking is allowed.
package final class TLSReloader: Sendable {
    private enum Files: Sendable {
        case server(TLSServerFiles)
        case client(TLSClientFiles)

        var paths: [String] {
            switch self {
            case .server(let files): files.paths
            case .client(let files): files.paths
            }
        }

        func makeContext() throws(TLSError) -> TLSContext {
            switch self {
            case .server(let files): try files.makeContext()
            case .client(let files): try files.makeContext()
            }
        }
    }

    private struct State {
        var files: Files
        var context: TLSContext
        var digest: [UInt8]
        /// As they were before the last attempt, so that a bad file is tried once per change.
        var stamps: [FileStamp?]
        /// The last attempt failed for a reason that passes although no file changes.
        var isWorthRepeating = false
        /// The last attempt that has begun, and the one that `context` is from: of two reloads at
        /// once the one that began later wins.
        var attemptsBegun: UInt64 = 0
        var attemptInstalled: UInt64 = 0
    }

    private let state: Mutex<State>
    private let swaps = Atomic<UInt64>(0)

    /// Reads a server's files.
    package convenience init(serverFiles: TLSServerFiles) throws(TLSError) {
        try self.init(.server(serverFiles))
    }

    /// Reads a client's files.
    package convenience init(clientFiles: TLSClientFiles) throws(TLSError) {
        try self.init(.client(clientFiles))
    }

    private init(_ files: Files) throws(TLSError) {
        let stamps = Self.stamps(files)
        let digest = try Self.digest(files)
        let context = try files.makeContext()
        self.state = Mutex(
            State(files: files, context: context, digest: digest, stamps: stamps))
    }

    /// The context for new connections.
    package var current: TLSContext { state.withLock { $0.context } }

    /// Grows with each replacement, after `current` has changed.
    package var generation: UInt64 { swaps.load(ordering: .acquiring) }

    /// Has the next reload read other files; until it succeeds the old context stays.
    package func use(serverFiles: TLSServerFiles) {
        state.withLock { $0.files = .server(serverFiles) }
    }

    /// Whether a file was changed, replaced or removed since the last attempt to read it, or what it
    /// says may have become right since.
    package func filesChanged() -> Bool {
        let now = Self.stamps(state.withLock { $0.files })
        return state.withLock { $0.isWorthRepeating || $0.stamps != now }
    }

    /// Reads the files again and, if they are good and say something new, replaces the context.
    package func reload() -> ReloadOutcome {
        // Before the files are read: a change during the read shows at the next look.
        let files = state.withLock { $0.files }
        let stamps = Self.stamps(files)
        let attempt = state.withLock { state in
            state.attemptsBegun += 1
            state.stamps = stamps
            state.isWorthRepeating = false
            return state.attemptsBegun
        }
        do throws(TLSError) {
            let digest = try Self.digest(files)
            if state.withLock({ $0.digest == digest }) { return .unchanged }
            let context = try files.makeContext()
            let isInstalled = state.withLock { state in
                guard attempt > state.attemptInstalled else { return false }
                state.attemptInstalled = attempt
                state.context = context
                state.digest = digest
                return true
            }
            guard isInstalled else { return .unchanged }
            swaps.wrappingAdd(1, ordering: .releasing)
            return .replaced(context.facts)
        } catch {
            if error.passes { state.withLock { $0.isWorthRepeating = true } }
            return .kept(error)
        }
    }

    private static func stamps(_ files: Files) -> [FileStamp?] {
        files.paths.map { FileStamp($0) }
    }

    /// SHA-256 of each file. The context reads them once more: should they change in between,
    /// the digest is older than the context, and the next reload only replaces once too often.
    private static func digest(_ files: Files) throws(TLSError) -> [UInt8] {
        var digests: [UInt8] = []
        for path in files.paths {
            var bytes = try SystemFile.read(path, bytesMax: TLSLimits.pemFileBytesMax)
            defer { SystemFile.wipe(&bytes) }
            var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
            OpenSSLErrors.clear()
            guard
                unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1
            else { throw TLSError.library("compute a digest") }
            digests += digest
        }
        return digests
    }
}
