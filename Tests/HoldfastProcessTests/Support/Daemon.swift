import Foundation
import Holdfast
import Synchronization

/// One line of the log.
struct LogLine: CustomStringConvertible {
    let description: String
    private let fields: [String: String]

    init?(_ text: Substring) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
            let values = object as? [String: Any]
        else { return nil }
        fields = values.mapValues { "\($0)" }
        description = String(text)
    }

    subscript(name: String) -> String { fields[name] ?? "" }
    var message: String { self["msg"] }
}

/// A `holdfastd` that runs, with a folder of its own, on ports of its own.
final class Daemon: Sendable {
    static let binary: String = {
        if let named = ProcessInfo.processInfo.environment["HOLDFAST_BIN"] { return named }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let folder = URL(fileURLWithPath: own ?? CommandLine.arguments[0])
            .deletingLastPathComponent()
        return folder.appendingPathComponent("holdfastd").path
    }()

    let folder: Folder
    let child: Child
    private let isKilled = Mutex(false)

    init(
        _ arguments: [String] = [], environment: [String: String] = [:], folder: Folder,
        setup: String? = nil
    ) throws {
        self.folder = folder
        var words = [Self.binary] + arguments
        for (flag, value) in [
            ("--listen", "127.0.0.1:0"), ("--ops-listen", "127.0.0.1:0"), ("--log-format", "json"),
            // Both ends may wait for a processor.
            ("--limits-handshake-timeout", "2m"), ("--limits-hello-timeout", "2m"),
        ] where !arguments.contains(where: { $0.hasPrefix(flag) }) {
            words += [flag, value]
        }
        child = try Child(
            words, environment: environment, in: folder.path, output: folder["out"],
            errors: folder["log"], setup: setup)
    }

    /// Ends it as a machine that loses power would; the test goes on.
    func kill() {
        isKilled.withLock { $0 = true }
        child.end()
    }

    var wasKilled: Bool { isKilled.withLock { $0 } }

    // MARK: What it says

    var log: [LogLine] {
        folder.read("log").split(separator: "\n").compactMap { LogLine($0) }
    }

    func lines(_ message: String) -> [LogLine] { log.filter { $0.message == message } }

    /// Waits for a line of the log.
    @discardableResult
    func logged(
        _ message: String, count: Int = 1, where isMeant: (LogLine) -> Bool = { _ in true }
    ) async throws -> LogLine {
        do {
            return try await eventually("the log line \"\(message)\"") {
                let found = lines(message).filter(isMeant)
                if found.count >= count { return found.last }
                if let exit = child.poll() { throw Failure("ended with \(exit)") }
                return nil
            }
        } catch {
            throw Failure("\(error); the log:\n\(folder.read("log"))")
        }
    }

    func address() async throws -> String { try await logged("serving")["address"] }

    // MARK: Talking to it

    func configuration(
        as name: String = "client", certificates: String = "holdfast-data/dev-ca"
    ) async throws -> ChannelConfiguration {
        ChannelConfiguration(
            endpoints: [try Endpoint(try await address())],
            trustedCA: folder["\(certificates)/ca.pem"],
            certificate: folder["\(certificates)/\(name).pem"],
            privateKey: folder["\(certificates)/\(name)-key.pem"],
            // Nothing must end for want of time on a busy machine.
            defaultTimeout: .seconds(120), connectTimeout: .seconds(30))
    }

    /// Gives `body` a client that is known as `holdfast://dev/NAME`.
    func client<Result>(
        as name: String = "client", certificates: String = "holdfast-data/dev-ca",
        _ body: (HoldfastClient) async throws -> Result
    ) async throws -> Result {
        let configuration = try await configuration(as: name, certificates: certificates)
        return try await withHoldfast(configuration, body)
    }

    /// An answer of the ops listener.
    func ops(_ path: String, method: String = "GET") async throws -> HTTPAnswer {
        try await HTTPAnswer(
            PlainSocket(try await opsAddress()).exchange(
                "\(method) \(path) HTTP/1.1\r\nHost: here\r\n\r\n"))
    }

    func opsAddress() async throws -> String { try await logged("answering probes")["address"] }

    /// A number of /metrics; 0 when there is no such sample.
    func metric(_ sample: String) async throws -> Double {
        let line = try await ops("/metrics").body.split(separator: "\n")
            .first { $0.hasPrefix(sample + " ") }
        return line.flatMap { Double($0.dropFirst(sample.count + 1)) } ?? 0
    }
}

/// Runs a daemon while `body` does; then ends it and takes its folder away. It must not have ended
/// by a signal of its own making.
func withDaemon<Result>(
    _ arguments: [String] = [], environment: [String: String] = [:], folder: Folder? = nil,
    setup: String? = nil, _ body: (Daemon) async throws -> Result
) async throws -> Result {
    await Places.shared.enter()
    do {
        let daemon = try Daemon(
            arguments, environment: environment, folder: try folder ?? Folder(), setup: setup)
        defer { daemon.child.end() }
        let result = try await body(daemon)
        if case .signal(let signal)? = daemon.child.poll(), !daemon.wasKilled {
            throw Failure("holdfastd died of signal \(signal):\n\(daemon.folder.read("log"))")
        }
        await Places.shared.leave()
        return result
    } catch {
        await Places.shared.leave()
        throw error
    }
}

/// What a command that ends said, and how it ended.
struct Command {
    let exit: Child.Exit
    let output: String
    let errors: String

    init(
        _ arguments: String..., environment: [String: String] = [:], folder: Folder? = nil
    ) async throws {
        try await self.init(arguments, environment: environment, folder: folder)
    }

    init(
        _ arguments: [String], environment: [String: String] = [:], folder: Folder? = nil
    ) async throws {
        let folder = try folder ?? Folder()
        let name = UUID().uuidString
        let child = try Child(
            [Daemon.binary] + arguments, environment: environment, in: folder.path,
            output: folder["\(name).out"], errors: folder["\(name).err"])
        exit = try await child.ended()
        output = folder.read("\(name).out")
        errors = folder.read("\(name).err")
    }

    var lastLine: String { errors.split(separator: "\n").last.map(String.init) ?? "" }

    /// Whether the complaint is for people: it names the program and no insides of it.
    var isReadable: Bool {
        !errors.isEmpty && !errors.contains("Fatal") && !errors.contains("Stack dump")
            && !errors.contains("Error(") && errors.hasPrefix("holdfastd: ")
    }
}
