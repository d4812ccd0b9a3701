import Glibc
import HoldfastControl
import HoldfastSystem

/// Not `await` at the top level: see `Interrupts`.
func run() throws -> Never {
    let interrupts = try Interrupts()
    Threads.blockSIGPIPE()
    let environment = Terminal.environment
    let program = ControlProgram(
        arguments: Array(CommandLine.arguments.dropFirst()), environment: environment,
        console: Terminal.console(environment: environment))
    let running = Task { exit(await program.run().rawValue) }
    interrupts.wait { running.cancel() }
}

try run()
