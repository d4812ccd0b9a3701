import Glibc
import HoldfastControl
import HoldfastSystem

// Before any thread of ours: they inherit the mask.
let interrupts = try Interrupts()
Threads.blockSIGPIPE()
let environment = Terminal.environment
let program = ControlProgram(
    arguments: Array(CommandLine.arguments.dropFirst()), environment: environment,
    console: Terminal.console(environment: environment))
let running = Task { await program.run() }
try interrupts.onFirst { running.cancel() }
exit(await running.value.rawValue)
