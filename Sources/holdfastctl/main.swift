import Glibc
import HoldfastControl
import HoldfastSystem

/// Not `await` at the top level: see `Attendant`.
func run() throws -> Never {
    let arguments: [String]
    do throws(ProcessArguments.NotText) {
        arguments = try ProcessArguments.text()
    } catch {
        let complaint = "holdfastctl: argument \(error.place) is not UTF-8: all of them are text\n"
        _ = Processes.write(complaint, to: STDERR_FILENO)
        exit(2)
    }
    let attendant = try Attendant()
    Threads.blockSIGPIPE()
    let environment = Terminal.environment
    let program = ControlProgram(
        arguments: arguments, environment: environment,
        console: Terminal.console(environment: environment), files: LocalFiles.access,
        host: attendant.host, screen: TopScreen(attendant)?.screen)
    let running = Task { exit(await program.run()) }
    attendant.attend { running.cancel() }
}

try run()
