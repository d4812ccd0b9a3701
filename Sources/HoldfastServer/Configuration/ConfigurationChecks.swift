import HoldfastBase

/// What several settings must agree on. Each problem names both, and points at the one that was
/// set last by hand.
struct ConfigurationChecks {
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [String] = []
    private let configuration: ServerConfiguration
    private let origins: [String: ConfigurationOrigin]

    init(_ configuration: ServerConfiguration, _ origins: [String: ConfigurationOrigin]) {
        self.configuration = configuration
        self.origins = origins
        checkCertificates()
        checkAddresses()
        checkNodes()
        checkLimits(configuration.limits)
    }

    private mutating func checkCertificates() {
        let tls = configuration.tls
        if tls.certificateFile != nil, tls.keyFile == nil {
            report("tls.certificate", "tls.key", "is set but", "is not: set both or neither")
        }
        if tls.keyFile != nil, tls.certificateFile == nil {
            report("tls.key", "tls.certificate", "is set but", "is not: set both or neither")
        }
        if tls.clientCAFile != nil, tls.certificateFile == nil {
            report(
                "tls.client_ca", "tls.certificate", "is set but",
                "is not: with a development CA, that CA checks the callers too")
        }
        if tls.certificateFile != nil, tls.clientCAFile == nil, tls.requireClientCertificate {
            report(
                "tls.require_client_certificate", "tls.client_ca", "is true but",
                "is not set: name the authorities that callers' certificates come from",
                causedBy: "tls.certificate")
        }
        if !tls.requireClientCertificate, configuration.policyFile == nil {
            let open = configuration.listen.filter { !$0.isLoopback }.map(\.description)
            if !open.isEmpty {
                warnings.append(
                    "anyone who reaches \(open.joined(separator: ", ")) may do everything: "
                        + "tls.require_client_certificate is false and policy.file is not set")
            }
        }
    }

    private mutating func checkNodes() {
        let redis = configuration.redis
        var seen: Set<NodeAddress> = []
        if let twice = redis.nodes.first(where: { !seen.insert($0).inserted }) {
            problems.append(
                ConfigurationProblem(
                    origins["redis.nodes"] ?? .preset, "redis.nodes names \(twice) twice"))
        }
        if redis.tls.certificateFile != nil, redis.tls.keyFile == nil {
            report(
                "redis.tls.certificate", "redis.tls.key", "is set but",
                "is not: set both or neither")
        }
        if redis.tls.keyFile != nil, redis.tls.certificateFile == nil {
            report(
                "redis.tls.key", "redis.tls.certificate", "is set but",
                "is not: set both or neither")
        }
        if redis.user != nil, redis.passwordFile == nil {
            report(
                "redis.username", "redis.password_file", "is set but",
                "is not: without a password nobody says who they are")
        }
    }

    private mutating func checkAddresses() {
        let taken = configuration.opsListen.first { address in
            address.port != 0 && configuration.listen.contains(address)
        }
        if let taken {
            report("ops_listen", "listen", "and", "both name \(taken)")
        }
        for key in ["listen", "ops_listen"] {
            let addresses = key == "listen" ? configuration.listen : configuration.opsListen
            let fixed = addresses.filter { $0.port != 0 }
            if Set(fixed).count < fixed.count {
                problems.append(
                    ConfigurationProblem(origins[key] ?? .preset, "\(key) names an address twice"))
            }
        }
        let exposed = configuration.opsListen.filter { !$0.isLoopback }.map(\.description)
        if !exposed.isEmpty {
            warnings.append(
                "\(exposed.joined(separator: ", ")) serves metrics without TLS beyond this "
                    + "machine (ops_listen)")
        }
    }

    private mutating func checkLimits(_ limits: Limits) {
        order(
            "limits.outbound_low_bytes", limits.outboundLowBytes,
            below: "limits.outbound_high_bytes", limits.outboundHighBytes)
        order(
            "limits.outbound_high_bytes", limits.outboundHighBytes,
            below: "limits.outbound_hard_bytes", limits.outboundHardBytes)
        order(
            "limits.response_bytes", limits.responseBytesMax,
            below: "limits.outbound_hard_bytes", limits.outboundHardBytes)
        order(
            "limits.reserved_streams", limits.reservedStreams,
            below: "limits.active_streams", limits.activeStreamsMax)
        order(
            "limits.head_bytes", limits.headBytesMax,
            below: "limits.request_bytes", limits.requestBytesMax, orEqual: true)
        order(
            "limits.connections_per_address", limits.connectionsPerAddressMax,
            below: "limits.connections", limits.connectionsMax, orEqual: true)
        order(
            "limits.default_call_timeout", limits.callTimeoutDefault,
            below: "limits.max_call_timeout", limits.callTimeoutMax, orEqual: true)
        order(
            "locks.min_ttl", limits.lockTTLMin, below: "locks.max_ttl", limits.lockTTLMax,
            orEqual: true)
    }

    private mutating func order<Value: Comparable>(
        _ key: String, _ value: Value, below other: String, _ bound: Value, orEqual: Bool = false
    ) {
        if value < bound || (orEqual && value == bound) { return }
        report(
            key, other, orEqual ? "must be at most" : "must be less than",
            "; they are \(text(key)) and \(text(other))")
    }

    private func text(_ key: String) -> String {
        let setting = Setting.table.first { $0.key == key }
        return setting?.slot.text(in: configuration) ?? ""
    }

    private mutating func report(
        _ key: String, _ other: String, _ relation: String, _ consequence: String,
        causedBy cause: String? = nil
    ) {
        let origin = origins[key] ?? .preset
        let otherOrigin = origins[other] ?? .preset
        let place =
            [origin, otherOrigin].first { $0 != .preset } ?? cause.flatMap { origins[$0] }
            ?? .preset
        let gap = consequence.hasPrefix(";") ? "" : " "
        problems.append(
            ConfigurationProblem(
                place,
                "\(key) (\(origin)) \(relation) \(other) (\(otherOrigin))\(gap)\(consequence)"))
    }
}
