import Glibc
import HoldfastBase
import HoldfastSettings

do {
    switch try ArgumentParser(SimulateArguments.spec).parse(
        Array(CommandLine.arguments.dropFirst()))
    {
    case .help(let text): print(text)
    case .version: print("holdfast-simulate \(BuildInfo.version)")
    case .run(let parsed):
        exit(await SimulateProgram(arguments: try SimulateArguments(parsed)).run())
    }
} catch {
    Output.complain("\(error)\nRun holdfast-simulate --help for what it understands.")
    exit(2)
}
