internal import HoldfastBase
internal import HoldfastSettings

/// A setting of `holdfastctl` that a flag, the environment or a context can give: one table for the
/// parser, the help, the file and the pages made from it.
package enum ControlKey: String, Hashable, Sendable, CaseIterable {
    case endpoints
    case ca
    case cert
    case key
    case dataDirectory = "data_dir"
    case serverName = "server_name"
    case namespace
    case timeout
    case output

    /// The flag without dashes.
    package var flag: String {
        switch self {
        case .endpoints: "endpoint"
        case .dataDirectory: "data-dir"
        case .serverName: "server-name"
        case .ca, .cert, .key, .namespace, .timeout, .output: rawValue
        }
    }

    /// The variable of the environment.
    package var variable: String { "HOLDFAST_" + rawValue.uppercased() }

    /// Whether it names a file: relative to the file that says so, where a file does.
    var isPath: Bool {
        switch self {
        case .ca, .cert, .key, .dataDirectory: true
        case .endpoints, .serverName, .namespace, .timeout, .output: false
        }
    }

    var option: ArgumentOption {
        ArgumentOption(
            flag, short: short, form, help: "\(meaning) \(variable).\(preset)", group: group)
    }

    private var short: Character? {
        switch self {
        case .endpoints: "e"
        case .output: "o"
        default: nil
        }
    }

    private var form: ArgumentOption.Form {
        switch self {
        case .endpoints: .values("HOST:PORT")
        case .ca, .cert, .key: .value("FILE")
        case .dataDirectory: .value("DIR")
        case .serverName, .namespace: .value("NAME")
        case .timeout: .value("TIME")
        case .output: .value("table|json|jsonl")
        }
    }

    private var group: String { self == .output ? "Output" : "Connection" }

    /// What it is, in a sentence or two.
    package var meaning: String {
        switch self {
        case .endpoints: "A server; may be repeated, and in the variable stand behind commas."
        case .ca:
            "Who signs the server's certificate; \"system\" trusts what this machine trusts."
        case .cert: "Your certificate."
        case .key: "Its private key."
        case .dataDirectory: "Where holdfastd has made its development certificates."
        case .serverName: "Name in the server's certificate, when it is not the host."
        case .namespace:
            "Put in front of every name and prefix, with a / between; answers show whole names."
        case .timeout: "How long a call may take, as in 500ms or 1m."
        case .output:
            "table; json: one document for an answer, with exact numbers; jsonl: one for each "
                + "row of it."
        }
    }

    private var preset: String { standard.map { " Default: \($0)." } ?? "" }

    /// What counts where nothing is given.
    var standard: String? {
        switch self {
        case .endpoints: ControlSettings.endpointDefault
        case .dataDirectory: ControlSettings.dataDirectoryDefault
        case .timeout: "10s"
        case .output: "table"
        case .ca, .cert, .key, .serverName, .namespace: nil
        }
    }
}
