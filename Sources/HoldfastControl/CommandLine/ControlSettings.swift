package import HoldfastBase
package import HoldfastRPC
package import HoldfastSettings

/// How to reach a server and in which form to answer, merged from command line, environment and
/// context, key by key: what is given first, in this order, wins.
package struct ControlSettings: Hashable, Sendable {
    package static let endpointDefault = "127.0.0.1:7420"
    package static let dataDirectoryDefault = "holdfast-data"

    /// In which form answers are printed.
    package enum Form: String, Hashable, Sendable, CaseIterable {
        case table
        case json
        /// A line for each row.
        case jsonl
    }

    /// PEM files; a CA of `nil` trusts what the machine trusts.
    package struct Credentials: Hashable, Sendable {
        package var authority: String?
        package var certificate: String?
        package var key: String?
    }

    /// Where a value came from.
    package enum Origin: Hashable, Sendable {
        case flag(String)
        case variable(String)
        case context(String, file: String, line: Int)

        /// For people: "--ca", "HOLDFAST_CA", "context prod, config.toml:4".
        package var text: String {
            switch self {
            case .flag(let name): "--\(name)"
            case .variable(let name): name
            case .context(let name, let file, let line): "context \(name), \(file):\(line)"
            }
        }

        var isContext: Bool { if case .context = self { true } else { false } }
    }

    /// A value as it was given.
    package struct Given: Hashable, Sendable {
        package let texts: [String]
        package let origin: Origin
        var text: String { texts.last ?? "" }
    }

    package var endpoints: [Endpoint] = []
    package var credentials = Credentials()
    package var serverName: String?
    /// Put in front of names, as a client of that namespace does; empty for none.
    package var namespace = ""
    package var timeout = Interval.seconds(10)
    package var form = Form.table
    package var isVerbose = false
    /// What was found rather than told, for `--verbose`.
    package var notes: [String] = []
    /// What was given, with where.
    package private(set) var given: [ControlKey: Given] = [:]

    /// Merges; a variable that is empty counts as not set.
    ///
    /// - Parameters:
    ///   - contexts: the file of contexts.
    ///   - exists: whether there is a file of that name.
    package init(
        _ parsed: ParsedArguments, environment: [(name: String, value: String)],
        contexts: ContextFile = ContextFile(path: ""), exists: (String) -> Bool
    ) throws(ArgumentError) {
        isVerbose = parsed.isOn("verbose")
        let context = try Self.context(parsed, environment, contexts)
        if let context { notes.append("context \(context.name) of \(contexts.path)") }
        given = Self.merged(parsed, environment, context, contexts.path)
        form = try readForm()
        endpoints = try readEndpoints()
        timeout = try readTimeout()
        serverName = given[.serverName]?.text
        namespace =
            try given[.namespace].map { given throws(ArgumentError) in
                try Self.namespace(given.text, given.origin.text)
            } ?? ""
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

    /// The form alone, for errors of a command line that cannot be read.
    static func form(
        words: [String], _ environment: [(name: String, value: String)]
    ) -> Form {
        var text = environment.last { $0.name == "HOLDFAST_OUTPUT" }?.value
        for (place, word) in words.enumerated() {
            if word == "--" { break }
            if word == "-o" || word == "--output" {
                text = words.dropFirst(place + 1).first ?? text
            } else if word.hasPrefix("--output=") {
                text = String(word.dropFirst("--output=".count))
            } else if word.hasPrefix("-o"), !word.hasPrefix("--") {
                text = String(word.dropFirst(2).drop { $0 == "=" })
            }
        }
        return text.flatMap(Form.init) ?? .table
    }

    /// The form alone, for errors that come before everything else is known.
    package static func form(
        _ parsed: ParsedArguments, _ environment: [(name: String, value: String)]
    ) -> Form {
        let text =
            parsed.value("output") ?? environment.last { $0.name == "HOLDFAST_OUTPUT" }?.value
        return text.flatMap(Form.init) ?? .table
    }

    // MARK: Merging

    /// The context that is asked for, or the current one.
    package static func context(
        _ parsed: ParsedArguments, _ environment: [(name: String, value: String)],
        _ contexts: ContextFile
    ) throws(ArgumentError) -> ContextFile.Context? {
        let variable = environment.last { $0.name == "HOLDFAST_CONTEXT" }?.value ?? ""
        let asked: (name: String, origin: String)? =
            parsed.value("context").map { ($0, "--context") }
            ?? (variable.isEmpty ? nil : (variable, "HOLDFAST_CONTEXT"))
        guard let asked else { return contexts.current.flatMap { contexts.context($0) } }
        guard let context = contexts.context(asked.name) else {
            throw contexts.unknown(asked.name, asked.origin)
        }
        return context
    }

    /// What is given for each key, by the first that gives it.
    package static func merged(
        _ parsed: ParsedArguments, _ environment: [(name: String, value: String)],
        _ context: ContextFile.Context?, _ file: String
    ) -> [ControlKey: Given] {
        var given: [ControlKey: Given] = [:]
        for key in ControlKey.allCases {
            let flags = parsed.values(key.flag)
            let variable = environment.last { $0.name == key.variable }?.value ?? ""
            if !flags.isEmpty {
                given[key] = Given(texts: flags, origin: .flag(key.flag))
            } else if !variable.isEmpty {
                let texts =
                    key == .endpoints
                    ? variable.split(separator: ",").map { String($0.filter { $0 != " " }) }
                    : [variable]
                given[key] = Given(texts: texts, origin: .variable(key.variable))
            } else if let context, let value = context.values[key] {
                given[key] = Given(
                    texts: value.texts,
                    origin: .context(context.name, file: file, line: value.line))
            }
        }
        // A certificate and its key belong together: half a pair from here and half from there is
        // a pair of nobody.
        if let cert = given[.cert], let key = given[.key],
            cert.origin.isContext != key.origin.isContext
        {
            given[cert.origin.isContext ? .cert : .key] = nil
        }
        return given
    }

    // MARK: One by one

    /// Whether a value can be meant, wherever it is from.
    static func check(
        _ key: ControlKey, _ texts: [String], _ origin: String
    ) throws(ArgumentError) {
        let text = texts.last ?? ""
        switch key {
        case .endpoints: for text in texts { _ = try endpoint(text, origin) }
        case .timeout: _ = try timeout(text, origin)
        case .output: _ = try form(text, origin)
        case .namespace: _ = try namespace(text, origin)
        case .ca, .cert, .key, .dataDirectory, .serverName: break
        }
    }

    private static func form(
        _ text: String, _ origin: String
    ) throws(ArgumentError) -> Form {
        guard let form = Form(rawValue: text) else {
            throw ArgumentError("\(origin) must be table, json or jsonl")
        }
        return form
    }

    private static func timeout(
        _ text: String, _ origin: String
    ) throws(ArgumentError) -> Interval {
        guard let interval = Quantity.interval(text), interval > .zero else {
            throw ArgumentError("\(origin) must be a time above 0, as in 500ms, 10s or 1m30s")
        }
        return interval
    }

    private static func namespace(
        _ text: String, _ origin: String
    ) throws(ArgumentError) -> String {
        guard !text.hasPrefix("/"), !text.hasSuffix("/") else {
            throw ArgumentError("\(origin) must not begin or end with /: that is put behind it")
        }
        return text
    }

    private func readForm() throws(ArgumentError) -> Form {
        guard let given = given[.output] else { return .table }
        return try Self.form(given.text, given.origin.text)
    }

    private func readTimeout() throws(ArgumentError) -> Interval {
        guard let given = given[.timeout] else { return timeout }
        return try Self.timeout(given.text, given.origin.text)
    }

    private func readEndpoints() throws(ArgumentError) -> [Endpoint] {
        guard let given = given[.endpoints], !given.texts.isEmpty else {
            return [try Self.endpoint(Self.endpointDefault, "default")]
        }
        var found: [Endpoint] = []
        for text in given.texts { found.append(try Self.endpoint(text, given.origin.text)) }
        return found
    }

    private static func endpoint(
        _ text: String, _ origin: String
    ) throws(ArgumentError) -> Endpoint {
        guard let endpoint = try? Endpoint(text), endpoint.port > 0, !endpoint.host.isEmpty else {
            throw ArgumentError(
                "\(origin): \"\(TextEscape.printable(text))\" is no HOST:PORT, "
                    + "as in \(endpointDefault) or [::1]:7420")
        }
        return endpoint
    }

    private mutating func readCredentials(
        _ exists: (String) -> Bool
    ) throws(ArgumentError) -> Credentials {
        let authority = given[.ca]?.text
        let certificate = given[.cert]?.text
        let key = given[.key]?.text
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
        let data = given[.dataDirectory]?.text ?? Self.dataDirectoryDefault
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
                  or keep   them: holdfastctl context set NAME ca=… cert=… key=…
                  where DIR is where holdfastd (DATA_DIR/dev-ca), "holdfastctl certs new" or
                  certs/make has put them; or run it where holdfastd was started, or with its
                  --data-dir.
                """)
        }
        notes.append("using the development certificates in \(directory), as its administrator")
        return found
    }
}
