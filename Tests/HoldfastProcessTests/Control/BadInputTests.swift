import Foundation
import HoldfastTLS
import Testing

/// What people get wrong, and what they are told: which, what was expected, and what to try next.
@Suite struct BadInputTests {
    private func expect(
        _ ran: (exit: Child.Exit, output: String, errors: String), _ status: Int32,
        _ parts: String...
    ) {
        #expect(ran.exit == .code(status), "\(ran.errors)")
        #expect(ran.output.isEmpty, "\(ran.output)")
        #expect(ran.errors.hasPrefix("holdfastctl: "), "\(ran.errors)")
        for part in parts { #expect(ran.errors.contains(part), "\(part) is not in \(ran.errors)") }
        for inside in ["Fatal", "Error(", "Stack dump"] { #expect(!ran.errors.contains(inside)) }
    }

    @Test func unknownWords() async throws {
        expect(
            try await Control.run("lock", "acquire", "a", "--tll", "3s"), 2,
            "unknown option \"--tll\" (did you mean \"--ttl\"?)", "--help")
        expect(
            try await Control.run("staus"), 2, "unknown command \"staus\"",
            "did you mean \"status\"?")
        expect(try await Control.run("lock", "run", "a"), 2, "-- COMMAND", "is missing")
        expect(
            try await Control.run("lock", "run", "a", "--kill-after", "20s", "--", "true"), 2,
            "--kill-after must be at most half of --ttl")
        expect(try await Control.run("status"), 2, "no certificates to connect with", "--ca")
        expect(
            try await Control.run("call", "--describe", "GetLok"), 2,
            "did you mean \"GetLock\"?")
    }

    /// Programs read errors of a command line, too.
    @Test(arguments: [["-o", "json"], ["-ojsonl"], ["--output=json"]])
    func misuseAsJSON(form: [String]) async throws {
        let folder = try Folder()
        let run = try await Control(["lock", "tyr", "a"] + form, in: folder)
        #expect(try await run.ended() == .code(2))
        #expect(run.errors.hasPrefix(#"{"error":{"code":"INVALID_ARGUMENT","reason":"USAGE","#))
        #expect(run.errors.contains("did you mean") && run.errors.hasSuffix("}}\n"))
    }

    @Test func variablesThatAreNotUsed() async throws {
        let folder = try Folder()
        let run = try await Control.run(
            "context", "ls", in: folder,
            environment: ["HOLDFAST_ENDPOINT": "a:1", "HOLDFAST_LISTEN": "b:2"])
        // It asks no server, and so uses none of them.
        #expect(run.errors.isEmpty)
        let status = try await Control.run(
            "status", "-e", "127.0.0.1:1", "--ca", "system", in: folder,
            environment: ["HOLDFAST_ENDPOINT": "a:1", "HOLDFAST_LISTEN": "b:2"])
        #expect(
            status.errors.contains(
                "HOLDFAST_ENDPOINT is not used; did you mean HOLDFAST_ENDPOINTS?"))
        #expect(!status.errors.contains("HOLDFAST_LISTEN"))
    }

    @Test func valuesOfAContextThatCannotBeMeant() async throws {
        let folder = try Folder()
        for (change, part) in [
            ("timeout=soon", "timeout must be a time"), ("output=xml", "output must be table"),
            ("endpoints=a:1,nowhere", "\"nowhere\" is no HOST:PORT"),
            ("namespace=a/", "must not begin or end with /"),
        ] {
            expect(try await Control.run("context", "set", "c", change, in: folder), 2, part)
        }
        #expect(folder.read(".config/holdfast/config.toml").isEmpty)
        let early = try await Control.run("context", "set", "c", "ca=later.pem", in: folder)
        #expect(early.exit == .code(0) && early.errors.contains("later.pem is not there"))
    }

    @Test func aPolicyThatHasSeveralMistakes() async throws {
        let folder = try Folder()
        let file = try folder.write(
            "policy", "role a {\n  allow lock.aquire lock.reed echo.call on \"x/\"\n}\n")
        expect(
            try await Control.run("policy", "check", file, in: folder), 2, "lock.acquire",
            "lock.read", "echo.call has no key")
        try folder.write("policy", "role a { allow lock.acquire on \"x/\" }\nbind b -> a\n")
        expect(
            try await Control.run("policy", "explain", file, "b", "lock.acquire", in: folder), 2,
            "say on which, as KEY")
        let explained = try await Control.run(
            "policy", "explain", file, "b", "lock.acquire", "x/1", in: folder)
        #expect(explained.exit == .code(0), "\(explained.errors)")
    }

    /// Repaired in silence it would be the name of another lock.
    @Test func bytesThatAreNoText() async throws {
        let folder = try Folder()
        let child = try Child(
            ["/bin/sh", "-c", "exec \"$0\" lock try \"$(printf 'b\\377')\"", Control.binary],
            in: folder.path, output: folder["out"], errors: folder["err"])
        #expect(try await child.ended() == .code(2))
        #expect(folder.read("err").contains("argument 3 is not UTF-8"))
        expect(
            try await Control.run("lock", "release", "a", "--force"), 2, "--reason TEXT")
        expect(
            try await Control.run(
                "lock", "try", "a", "--session", String(repeating: "ab", count: 16), "--ttl", "1s"),
            2, "--ttl", "--session")
    }

    @Test func wrongEndpoints() async throws {
        try await withDaemon { daemon in
            expect(
                try await Control.run("status", "-e", "nowhere", at: [daemon]), 2,
                "\"nowhere\" is no HOST:PORT", "127.0.0.1:7420")
            // Nobody listens there.
            expect(
                try await Control.run("status", "-e", "127.0.0.1:1", at: [daemon]), 5,
                "UNAVAILABLE", "127.0.0.1:1", "--endpoint")
            expect(
                try await Control.run(
                    "lock", "run", "a", "-e", "127.0.0.1:1", "--", "true",
                    at: [daemon]), 5, "UNAVAILABLE", "--endpoint")
            // What is said at last is why, and what to do.
            expect(
                try await Control.run(
                    "lock", "run", "a", "--wait", "300ms", "-e", "127.0.0.1:1", "--", "true",
                    at: [daemon]), 5, "trying again until --wait is over", "Connection refused",
                "Is holdfastd running there?", "--endpoint")
        }
    }

    @Test func wrongCertificates() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            try Authority("another").write(to: "other", of: folder)
            let data = daemon.folder["holdfast-data"]
            let others = [
                "HOLDFAST_ENDPOINTS": try await daemon.address(),
                "HOLDFAST_CERT": folder["other/client.pem"],
                "HOLDFAST_KEY": folder["other/client-key.pem"],
            ]
            // A server whose certificate we have no reason to believe.
            expect(
                try await Control.run(
                    "status", "--ca", folder["other/ca.pem"], in: folder, environment: others),
                6, "UNKNOWN_CA", "--ca (\(folder["other/ca.pem"]))")
            // We, who have no certificate that it believes.
            expect(
                try await Control.run(
                    "status", "--ca", "\(data)/dev-ca/ca.pem", in: folder, environment: others),
                6, "--cert")
            // The right server by a wrong name.
            expect(
                try await Control.run("status", "--server-name", "elsewhere.test", at: [daemon]), 6,
                "NAME_MISMATCH", "another name than elsewhere.test", "--server-name")
            expect(
                try await Control.run("status", "--ca", "no-such-file", at: [daemon]), 2,
                "no-such-file", "HOLDFAST_CA")
        }
    }

    @Test func anExpiredCertificate() async throws {
        try await withDaemon { daemon in
            let folder = try Folder()
            try await daemon.logged("serving")
            let data = daemon.folder["holdfast-data"]
            let authority = try CertificateAuthority(
                certificate: .file("\(data)/dev-ca/ca.pem"),
                key: .file("\(data)/dev-ca/ca-key.pem"))
            var request = CertificateRequest(
                commonName: "late", names: [try .uri("holdfast://dev/late")], purpose: .client)
            request.validFromSeconds = -7200
            request.validUntilSeconds = -3600
            let late = try authority.issue(request)
            try folder.write("late.pem", String(decoding: late.certificatePEM, as: UTF8.self))
            try folder.write("late-key.pem", String(decoding: late.keyPEM, as: UTF8.self))
            let ran = try await Control.run(
                "status", "--ca", "\(data)/dev-ca/ca.pem", "--cert", folder["late.pem"], "--key",
                folder["late-key.pem"], at: [daemon])
            #expect(ran.exit == .code(6) || ran.exit == .code(2), "\(ran.errors)")
            #expect(ran.errors.contains("expired"), "\(ran.errors)")
        }
    }

    /// holdfastd does not start with such a certificate; this one's ran out while it served.
    @Test func anExpiredServer() async throws {
        let folder = try Folder()
        let authority = try CertificateAuthority.makeRoot(commonName: "test")
        var request = CertificateRequest(
            commonName: "late", names: [try .address("127.0.0.1")], purpose: .server)
        request.validFromSeconds = -7200
        request.validUntilSeconds = -3600
        let late = try authority.issue(request)
        let ours = try authority.issue(
            CertificateRequest(
                commonName: "us", names: [try .uri("holdfast://test/us")], purpose: .client))
        for (name, bytes) in [
            ("ca.pem", try authority.certificatePEM()), ("late.pem", late.certificatePEM),
            ("late-key.pem", late.keyPEM), ("us.pem", ours.certificatePEM),
            ("us-key.pem", ours.keyPEM),
        ] { try folder.write(name, String(decoding: bytes, as: UTF8.self)) }
        let script = """
            import socket, ssl
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain("late.pem", "late-key.pem")
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], flush=True)
            while True:
                try: context.wrap_socket(listener.accept()[0], server_side=True).close()
                except OSError: pass
            """
        let server = try Child(
            ["/usr/bin/env", "python3", try folder.write("server.py", script)],
            environment: ["PATH": "/usr/bin:/bin"], in: folder.path, output: folder["port"],
            errors: folder["errors"])
        defer { server.end() }
        try await eventually("it listens") { folder.read("port").hasSuffix("\n") }
        let port = folder.read("port").dropLast()
        expect(
            try await Control.run(
                "status", "-e", "127.0.0.1:\(port)", "--ca", folder["ca.pem"], "--cert",
                folder["us.pem"], "--key", folder["us-key.pem"]), 6, "CERTIFICATE_EXPIRED",
            "server's certificate is over")
    }

    @Test func noPermission() async throws {
        let folder = try Folder()
        let file = try folder.write(
            "policy",
            "role reader { allow admin.inspect health.read on * }\n"
                + "bind holdfast://dev/admin -> reader\n")
        try await withDaemon(["--policy-file", file]) { daemon in
            expect(
                try await Control.run("lock", "try", "a", at: [daemon]), 6, "PERMISSION_DENIED",
                "lock.acquire", "policy explain")
            let explained = try await Control.run(
                "policy", "explain", file, "holdfast://dev/admin", "lock.acquire", "a")
            #expect(explained.exit == .code(6))
            #expect(explained.output.hasPrefix("lock.acquire on \"a\": denied\n"))
            expect(
                try await Control.run("lock", "run", "a", "--", "true", at: [daemon]), 6,
                "PERMISSION_DENIED")
        }
    }
}
