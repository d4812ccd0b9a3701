internal import HoldfastBase
package import HoldfastSettings

/// The texts that are made from `Setting.table`: the flags with their help, and
/// docs/configuration.md.
package enum ConfigurationReference {
    /// A flag for each setting, for the command line of the server.
    package static var options: [ArgumentOption] {
        Setting.table.map { setting in
            let form: ArgumentOption.Form =
                switch setting.slot {
                case .addresses, .nodes: .values(setting.slot.placeholder)
                default: .value(setting.slot.placeholder)
                }
            let group =
                switch setting.section {
                case "": "Settings"
                case "tls": "Certificates"
                case "redis", "redis.tls", "cluster": "Nodes"
                case "limits", "locks": "Limits"
                default: "Operation"
                }
            // On a command line the quotes of the file are the shell's business.
            let preset = setting.preset.replacing("\"", with: "")
            return ArgumentOption(
                setting.flagName, form,
                help: "\(setting.help) Default: \(preset.isEmpty ? "none" : preset).",
                group: group)
        }
    }

    /// The whole of docs/configuration.md.
    package static var document: String {
        var text = introduction
        // Each section once, as a file must have it, whatever the order of the table.
        var sections: [String] = []
        for setting in Setting.table where !sections.contains(setting.section) {
            sections.append(setting.section)
        }
        for section in sections {
            text += "\n## \(section.isEmpty ? "Top level" : "[\(section)]")\n\n"
            text += "| key | default | value | reload | meaning |\n|---|---|---|---|---|\n"
            for setting in Setting.table where setting.section == section { text += row(setting) }
        }
        return text
    }

    private static func row(_ setting: Setting) -> String {
        let preset =
            setting.preset.hasPrefix("host name") ? setting.preset : "`\(setting.preset)`"
        return "| `\(setting.key)` | \(preset) | \(escaped(setting.slot.form)) | "
            + "\(setting.isReloadable ? "yes" : "no") | \(escaped(setting.help)) |\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|")
    }

    private static let introduction = """
        # Configuration

        This page is made from the table of settings in the source; a test keeps it so.

        A setting can be given in four places. Later ones win, **key by key**: a flag replaces one
        value of the file, never the file.

        1. the default
        2. the file: `--config holdfast.toml`, or `HOLDFAST_CONFIG`
        3. the environment: `HOLDFAST_` and the key in capitals, with `_` for `.`, as in
           `HOLDFAST_TLS_CERTIFICATE`; an empty variable counts as not set
        4. a flag: `--` and the key with `-` for `.` and `_`, as in `--tls-certificate`; lists take the
           flag several times, or commas

        `holdfastd config show` prints every value with the place it came from, in a form that can be
        used as a file. `holdfastd --check-config` reports all mistakes of all places at once, with line
        and column; when there are none, also those of the certificates and the policy that are named. It
        ends with status 2 when there are any.

        The file is TOML: `[section]`, `key = value`, `# comment`. Texts stand in quotes, and so do
        durations (`"500ms"`, `"10s"`, `"1h30m"`) and sizes (`"64KiB"`, `"1MiB"`; powers of 1024);
        whole numbers may have `_` between digits. Unknown keys and sections are mistakes, and so is a
        key that is given twice.

        Settings with "yes" under *reload* take a new value on SIGHUP; connections that are open keep
        their limits. The others need a restart.

        """
}
