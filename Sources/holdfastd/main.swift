import Glibc
import HoldfastServer

let daemon = HoldfastDaemon(
    arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessEnvironment.variables)
exit(daemon.run())
