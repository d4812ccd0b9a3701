// What the snippets of the documentation take for granted: the program of their reader. It is compiled
// with them by tools/snippets, and never run.
import Holdfast
import HoldfastRPC

var configuration: ChannelConfiguration { fatalError("compiled only") }
var client: HoldfastClient { fatalError("compiled only") }
var isTest: Bool { false }

/// Of an HTTP request.
var header: String { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }

struct Order {
    let id = "42"
}

let order = Order()

func pack(_ order: Order) async throws {}
func ship(_ order: Order, fence: UInt64) async throws {}
func readCatalogue() async throws {}
func transfer(from source: Int, to target: Int, fence: UInt64) async throws {}
func printPages() async throws {}
func convert(fences: (UInt64, UInt64)) async throws {}
func sendNextMail(fence: UInt64) async throws {}
func sendMails(_ term: LeaderTerm) async throws {}

/// Of the library that a program has migrated from.
func withOldLock(_ name: String, _ body: () async throws -> Void) async throws { try await body() }

struct Database {
    /// The number of rows that were changed.
    func execute(_ statement: String, _ arguments: Any...) throws -> Int { arguments.count }
}

let database = Database()

struct StaleHolder: Error {
    let fence: UInt64
}

/// As generated code registers a handler.
struct Greeter {
    func register(in services: inout ServiceRegistry) {}
}
