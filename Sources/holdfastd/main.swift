import Glibc
import HoldfastServer

let status = HoldfastDaemon(
    arguments: Array(CommandLine.arguments.dropFirst()),
    environment: ProcessEnvironment.variables
).run()
// The loops may still be at work: `exit` would take down under them what the libraries keep.
fflush(nil)
_exit(status)
