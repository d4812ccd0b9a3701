internal import HoldfastBase
internal import HoldfastPolicy
internal import HoldfastSettings
internal import HoldfastTLS
internal import HoldfastWire

/// Does what needs no server.
struct LocalRunner: Sendable {
    let parsed: ParsedArguments
    let environment: [(name: String, value: String)]
    let console: Console
    let files: FileAccess

    func run(_ command: LocalCommand) throws(ArgumentError) -> ExitStatus {
        switch command {
        case .clientVersion: return print(VersionAnswer.make(server: nil, endpoint: ""))
        case .checkPolicy(let file):
            _ = try policy(file)
            return print(PolicyAnswer.valid(file))
        case .explainPolicy(let file, let principal, let permission):
            let policy = try policy(file)
            let isAllowed = policy.decide(principal, [permission]) == .allowed
            let answer = PolicyAnswer.make(policy.explain(principal, permission), isAllowed)
            return print(answer, isAllowed ? .ok : .denied)
        case .makeCertificates(let plan): return try makeCertificates(plan)
        case .describe(let name, let descriptors):
            let schema = try Self.schema(descriptors, files)
            return print(try SchemaAnswer.make(schema, describing: name))
        case .listContexts: return print(ContextAnswer.make(try contexts()))
        case .showContext: return try showContext()
        case .useContext(let name):
            let file = try contexts()
            guard file.context(name) != nil else { throw file.unknown(name, "use") }
            try change(file) { edit throws(ArgumentError) in try edit.use(name) }
            return print(ContextAnswer.used(name, file.path))
        case .setContext(let name, let changes): return try setContext(name, changes)
        case .complete(let shell):
            let script = Completion.script(ControlArguments.root, shell)
            return console.print(script) ? .ok : .failure
        }
    }

    private func print(_ answer: Answer, _ status: ExitStatus = .ok) -> ExitStatus {
        let form = ControlSettings.form(parsed, environment)
        return console.print(answer.text(form, console.surface)) ? status : .failure
    }

    // MARK: Policies and descriptions

    private func policy(_ file: String) throws(ArgumentError) -> Policy {
        let bytes = try files.needed(file)
        do throws(PolicyRejection) {
            return try Policy(bytes, file: file == "-" ? "standard input" : file)
        } catch {
            throw ArgumentError("\(error)")
        }
    }

    /// What generated code tells, and what a file adds.
    static func schema(
        _ descriptors: String?, _ files: FileAccess
    ) throws(ArgumentError) -> ProtoSchema {
        var schema = ProtoSchema()
        try schema.add(ProtoDescriptors.fileDescriptorSet.bytes, from: "this program")
        if let descriptors { try schema.add(try files.needed(descriptors), from: descriptors) }
        return schema
    }

    // MARK: Certificates

    private func makeCertificates(_ plan: CertificatePlan) throws(ArgumentError) -> ExitStatus {
        do throws(TLSError) {
            let made = try NewCertificates.make(
                in: plan.directory, servers: plan.servers, clients: plan.clients, days: plan.days)
            return print(CertificatesAnswer.make(made, absolute: files.absolute))
        } catch {
            guard error.code == .fileExists else { throw ArgumentError("\(error)") }
            console.complain(
                console.complaintPaint.apply(.bad, "holdfastctl: ")
                    + HumanText.foreign("\(error)") + "\n")
            return .precondition
        }
    }

    // MARK: Contexts

    private func contexts() throws(ArgumentError) -> ContextFile {
        try Self.contexts(environment, files)
    }

    /// The file of contexts; one that is not there is empty.
    static func contexts(
        _ environment: [(name: String, value: String)], _ files: FileAccess
    ) throws(ArgumentError) -> ContextFile {
        let variables = Dictionary(
            environment.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) },
            uniquingKeysWith: { $1 })
        let named = variables["HOLDFAST_CONTEXTS"]
        guard let path = named ?? ContextFile.standardPath(variables) else {
            return ContextFile(path: "")
        }
        let bytes: [UInt8]?
        do {
            bytes = try files.read(path)
        } catch {
            throw ArgumentError("\(error)")
        }
        guard let bytes else { return ContextFile(path: path) }
        return try ContextFile(bytes, path: path)
    }

    private func showContext() throws(ArgumentError) -> ExitStatus {
        let file = try contexts()
        let context = try ControlSettings.context(parsed, environment, file)
        let given = ControlSettings.merged(parsed, environment, context, file.path)
        return print(ContextAnswer.make(context?.name, given, file: file.path))
    }

    private func setContext(
        _ name: String, _ changes: [ContextChange]
    ) throws(ArgumentError) -> ExitStatus {
        let file = try contexts()
        for change in changes {
            guard let texts = texts(of: change) else { continue }
            try ControlSettings.check(change.key, texts, change.key.rawValue)
            if change.key.isPath, change.key != .dataDirectory, let path = texts.first,
                path != "system", !console.exists(path)
            {
                complain("\(change.key.rawValue): \(path) is not there, or not readable, yet")
            }
        }
        try change(file) { edit throws(ArgumentError) in
            if file.context(name) == nil { try edit.set(.output, of: name, nil) }
            for change in changes { try edit.set(change.key, of: name, texts(of: change)) }
            if file.contexts.isEmpty { try edit.use(name) }
        }
        return print(ContextAnswer.set(name, file.path, isFirst: file.contexts.isEmpty))
    }

    private func complain(_ text: String) {
        console.complain(
            console.complaintPaint.apply(.warning, "holdfastctl: ") + HumanText.foreign(text)
                + "\n")
    }

    private func texts(of change: ContextChange) -> [String]? {
        if change.value.isEmpty { return nil }
        if change.key == .endpoints {
            return change.value.split(separator: ",").map { String($0.filter { $0 != " " }) }
        }
        // It is typed here and read from there.
        let isPath = change.key.isPath && !(change.key == .ca && change.value == "system")
        return [isPath ? files.absolute(change.value) : change.value]
    }

    private func change(
        _ file: ContextFile, _ body: (inout ContextEdit) throws(ArgumentError) -> Void
    ) throws(ArgumentError) {
        guard !file.path.isEmpty else {
            throw ArgumentError("there is no place for contexts: set HOLDFAST_CONTEXTS to a file")
        }
        do {
            let text = try files.read(file.path) ?? []
            var edit = ContextEdit(String(decoding: text, as: UTF8.self), path: file.path)
            try body(&edit)
            let bytes = Array(edit.text.utf8)
            // What cannot be read again must not be in place of what can.
            _ = try ContextFile(bytes, path: file.path)
            try files.write(file.path, bytes)
        } catch let error as ArgumentError {
            throw error
        } catch {
            throw ArgumentError("\(error)")
        }
    }
}
