package import HoldfastSettings

/// All that a configuration is made from. Nothing is read here: a program gathers it, once.
package struct ConfigurationSources: Sendable {
    /// Name of the file, for messages, and its bytes; nil when there is none.
    package var file: (name: String, bytes: [UInt8])?
    /// The environment.
    package var environment: [(name: String, value: String)] = []
    /// The options of the command line; those that are no settings are left alone.
    package var flags: [ParsedArguments.Option] = []
    /// Name of this machine.
    package var hostName = "localhost"

    /// No sources: all defaults.
    package init() {}
}
