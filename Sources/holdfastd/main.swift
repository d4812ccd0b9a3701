import Glibc
import HoldfastServer

exit(
    HoldfastDaemon(
        arguments: Array(CommandLine.arguments.dropFirst()),
        environment: ProcessEnvironment.variables
    ).run())
