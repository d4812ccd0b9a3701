package import HoldfastBase
package import HoldfastRPC

/// How to reach a server and in which form to answer, merged from command line and environment.
package struct ControlSettings: Hashable, Sendable {
    package static let endpointDefault = "127.0.0.1:7420"
    package static let dataDirectoryDefault = "holdfast-data"

    /// In which form answers are printed.
    package enum Form: String, Hashable, Sendable {
        case table
        case json
    }

    /// PEM files; a CA of `nil` trusts what the machine trusts.
    package struct Credentials: Hashable, Sendable {
        package var authority: String?
        package var certificate: String?
        package var key: String?
    }

    package var endpoints: [Endpoint] = []
    package var credentials = Credentials()
    package var serverName: String?
    package var timeout = Interval.seconds(10)
    package var form = Form.table
    package var isVerbose = false
    /// What was found rather than told, for `--verbose`.
    package var notes: [String] = []

    private let parsed: ParsedArguments
    private let environment: [String: String]

    /// Merges; a variable that is empty counts as not set.
    ///
    /// - Parameter exists: whether there is a file of that name.
    package init(
        _ parsed: ParsedArguments, environment: [(name: String, value: String)],
        exists: (String) -> Bool
    ) throws(ArgumentError) {
        self.parsed = parsed
        self.environment = Dictionary(
            environment.filter { $0.name.hasPrefix("HOLDFAST_") && !$0.value.isEmpty },
            uniquingKeysWith: { $1 })
        isVerbose = parsed.isOn("verbose")
        form = try readForm()
        endpoints = try readEndpoints()
        timeout = try readTimeout()
        serverName = given("server-name", "HOLDFAST_SERVER_NAME")?.text
        credentials = try readCredentials(exists)
    }

    /// For a client.
    package var channel: ChannelConfiguration {
        ChannelConfiguration(
            endpoints: endpoints, trustedCA: credentials.authority,
            certificate: credentials.certificate, privateKey: credentials.key,
            serverName: serverName, defaultTimeout: timeout.duration,
            agent: "holdfastctl/\(BuildInfo.version)")
    }

    /// The form alone, for errors that come before everything else is known.
    package static func form(
        _ parsed: ParsedArguments, _ environment: [(name: String, value: String)]
    ) -> Form {
        let text =
            parsed.value("output") ?? environment.last { $0.name == "HOLDFAST_OUTPUT" }?.value
        return text.flatMap(Form.init) ?? .table
    }

    // MARK: One by one

    private func given(_ option: String, _ variable: String) -> (text: String, origin: String)? {
        if let text = parsed.value(option) { return (text, "--\(option)") }
        return environment[variable].map { ($0, variable) }
    }

    private func readForm() throws(ArgumentError) -> Form {
        guard let (text, origin) = given("output", "HOLDFAST_OUTPUT") else { return .table }
        guard let form = Form(rawValue: text) else {
            throw ArgumentError("\(origin) must be table or json")
        }
        return form
    }

    private func readTimeout() throws(ArgumentError) -> Interval {
        guard let (text, origin) = given("timeout", "HOLDFAST_TIMEOUT") else { return timeout }
        guard let interval = Quantity.interval(text), interval > .zero else {
            throw ArgumentError("\(origin) must be a time above 0, as in 500ms, 10s or 1m30s")
        }
        return interval
    }

    private func readEndpoints() throws(ArgumentError) -> [Endpoint] {
        var texts = parsed.values("endpoint")
        var origin = "--endpoint"
        if texts.isEmpty, let variable = environment["HOLDFAST_ENDPOINTS"] {
            origin = "HOLDFAST_ENDPOINTS"
            texts = variable.split(separator: ",").map { String($0.filter { $0 != " " }) }
        }
        if texts.isEmpty { texts = [Self.endpointDefault] }
        var found: [Endpoint] = []
        for text in texts {
            guard let endpoint = try? Endpoint(text), endpoint.port > 0, !endpoint.host.isEmpty
            else {
                throw ArgumentError(
                    "\(origin): \"\(TextEscape.printable(text))\" is no HOST:PORT, "
                        + "as in \(Self.endpointDefault) or [::1]:7420")
            }
            found.append(endpoint)
        }
        return found
    }

    private mutating func readCredentials(
        _ exists: (String) -> Bool
    ) throws(ArgumentError) -> Credentials {
        let authority = given("ca", "HOLDFAST_CA")?.text
        let certificate = given("cert", "HOLDFAST_CERT")?.text
        let key = given("key", "HOLDFAST_KEY")?.text
        switch (certificate, key) {
        case (_?, nil):
            throw ArgumentError("the certificate needs its private key: --key or HOLDFAST_KEY")
        case (nil, _?):
            throw ArgumentError("the key needs its certificate: --cert or HOLDFAST_CERT")
        case (nil, nil) where authority == nil:
            return try developmentCredentials(exists)
        default:
            return Credentials(
                authority: authority == "system" ? nil : authority, certificate: certificate,
                key: key)
        }
    }

    private mutating func developmentCredentials(
        _ exists: (String) -> Bool
    ) throws(ArgumentError) -> Credentials {
        let data = given("data-dir", "HOLDFAST_DATA_DIR")?.text ?? Self.dataDirectoryDefault
        let directory = "\(data)/dev-ca"
        let found = Credentials(
            authority: "\(directory)/ca.pem", certificate: "\(directory)/admin.pem",
            key: "\(directory)/admin-key.pem")
        let missing = [found.authority, found.certificate, found.key].compactMap { $0 }
            .first { !exists($0) }
        if let missing {
            throw ArgumentError(
                """
                no certificates to connect with
                  None are given, and \(TextEscape.printable(missing)) is not here or not readable.
                  Pass      --ca DIR/ca.pem --cert DIR/admin.pem --key DIR/admin-key.pem
                  or set    HOLDFAST_CA, HOLDFAST_CERT and HOLDFAST_KEY,
                  where DIR is where holdfastd (DATA_DIR/dev-ca) or certs/make has put them;
                  or run it where holdfastd was started, or with its --data-dir.
                """)
        }
        notes.append("using the development certificates in \(directory), as its administrator")
        return found
    }
}
