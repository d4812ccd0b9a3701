import HoldfastBase

/// One thing that can be configured.
///
/// `Setting.table` is the only list of settings. The reader of the file, the environment, the
/// flags, `--help`, `config show` and docs/configuration.md are all made from it.
package struct Setting: Sendable {
    /// Section and name in the file: "tls.certificate".
    package let key: String
    let slot: SettingSlot
    /// Whether a reload (SIGHUP) takes a new value; the others need a restart.
    package let isReloadable: Bool
    /// A sentence.
    package let help: String

    init(_ key: String, _ slot: SettingSlot, reloadable: Bool = false, help: String) {
        self.key = key
        self.slot = slot
        self.isReloadable = reloadable
        self.help = help
    }

    /// The name in the environment: "HOLDFAST_TLS_CERTIFICATE".
    package var environmentName: String {
        "HOLDFAST_" + key.uppercased().replacing(".", with: "_")
    }

    /// The name on the command line, without dashes: "tls-certificate".
    package var flagName: String {
        key.replacing(".", with: "-").replacing("_", with: "-")
    }

    /// The value in `configuration`, as the file would have it.
    package func text(in configuration: ServerConfiguration) -> String {
        slot.text(in: configuration)
    }

    /// The section of the file; empty for the keys above the first section.
    var section: String {
        key.lastIndex(of: ".").map { String(key[..<$0]) } ?? ""
    }

    /// The default, as the file would have it.
    var preset: String {
        if case .name(_, let preset) = slot, !preset.isEmpty { return preset }
        return slot.text(in: ServerConfiguration())
    }
}
