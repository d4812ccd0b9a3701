/// What a command line asks for.
package enum ArgumentOutcome: Hashable, Sendable {
    /// To do the work.
    case run(ParsedArguments)
    /// To print this help and end with status 0.
    case help(String)
    /// To print the version and end with status 0.
    case version
}
