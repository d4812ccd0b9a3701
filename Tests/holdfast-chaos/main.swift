import Glibc
import HoldfastSystem

ChaosProgram.takeSignals()
let status = FirstThread.run {
    await ChaosProgram(Array(CommandLine.arguments.dropFirst())).run()
}
// Loops may still be at work.
fflush(nil)
_exit(status)
