/// A configuration that is valid, and where each of its values came from.
package struct LoadedConfiguration: Sendable {
    /// The values.
    package let configuration: ServerConfiguration
    /// For each setting, by its key, what gave the value.
    package let origins: [String: ConfigurationOrigin]
    /// What is allowed but worth a second look, in sentences.
    package let warnings: [String]

    /// Every setting with its value and origin, as `config show` prints it.
    ///
    /// The text is a configuration file: reading it gives the same configuration.
    package var shown: String {
        let values = Setting.table.map { "\($0.key) = \($0.slot.text(in: configuration))" }
        let width = min(values.map(\.count).max() ?? 0, 56)
        var lines = ""
        for (setting, value) in zip(Setting.table, values) {
            let gap = String(repeating: " ", count: max(0, width - value.count))
            lines += "\(value)\(gap)  # \(origins[setting.key] ?? .preset)\n"
        }
        return lines
    }
}
