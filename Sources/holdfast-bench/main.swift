import Glibc
import HoldfastBase
import HoldfastSettings
import HoldfastTLS

do {
    try await BenchCommand.run(Array(CommandLine.arguments.dropFirst()))
} catch {
    BenchCommand.complain("\(error)")
    exit(error is ArgumentError ? ArgumentError.exitStatus : 1)
}
