import Glibc
import HoldfastControl
import HoldfastSystem

/// Not `await` at the top level: see `Attendant`.
func run() throws -> Never {
    let attendant = try Attendant()
    Threads.blockSIGPIPE()
    let environment = Terminal.environment
    let program = ControlProgram(
        arguments: Array(CommandLine.arguments.dropFirst()), environment: environment,
        console: Terminal.console(environment: environment), files: LocalFiles.access,
        host: attendant.host, screen: TopScreen(attendant)?.screen)
    let running = Task { exit(await program.run()) }
    attendant.attend { running.cancel() }
}

try run()
