import Glibc
import HoldfastServer

HoldfastDaemon.prepareFirstThread()
let daemon = HoldfastDaemon(
    arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessEnvironment.variables)
exit(await daemon.run())
