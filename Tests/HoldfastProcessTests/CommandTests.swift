import Foundation
import Glibc
import Testing

@Suite struct CommandTests {
    @Test func eachPlaceBeatsTheOneBefore() async throws {
        let folder = try Folder()
        let file = try folder.write(
            "holdfast.toml",
            """
            node_id = "from-file"
            cluster_id = "from-file"
            loops = 2
            """)
        let shown = try await Command(
            "config", "show", "--config", file, "--loops", "4",
            environment: ["HOLDFAST_CLUSTER_ID": "from-environment", "HOLDFAST_LOOPS": "3"],
            folder: folder)
        #expect(shown.exit == .code(0) && shown.errors.isEmpty)
        func line(_ key: String) -> [Substring] {
            let found = shown.output.split(separator: "\n").first { $0.hasPrefix("\(key) = ") }
            return (found ?? "").split(separator: "#").map { $0.split(separator: " ").last ?? "" }
        }
        #expect(line("node_id") == ["\"from-file\"", "\(file):1"])
        #expect(line("cluster_id") == ["\"from-environment\"", "HOLDFAST_CLUSTER_ID"])
        #expect(line("loops") == ["4", "--loops"])
        #expect(line("log.level") == ["\"info\"", "default"])
        // What is shown can be read again.
        let again = try folder.write("again.toml", shown.output)
        let check = try await Command("--check-config", "--config", again, folder: folder)
        #expect(check.exit == .code(0), "\(check.errors)")
    }

    @Test func theFileMayComeFromTheEnvironment() async throws {
        let folder = try Folder()
        let file = try folder.write("holdfast.toml", "loops = 7\n")
        let shown = try await Command(
            "config", "show", environment: ["HOLDFAST_CONFIG": file, "HOLDFAST_LISTEN": ""])
        #expect(shown.output.contains("loops = 7"))
    }

    @Test func allMistakesAreToldAtOnce() async throws {
        let folder = try Folder()
        let file = try folder.write(
            "bad.toml",
            """
            lops = 1
            listen = "nowhere"
            [limits]
            request_bytes = 5
            request_bites = "1KiB"
            [tsl]
            certificate = "x"
            [log]
            level = loud
            """)
        let check = try await Command(
            "--check-config", "--config", file, "--loops", "many",
            environment: ["HOLDFAST_LOG_FORMAT": "xml"], folder: folder)
        #expect(check.exit == .code(2) && check.output.isEmpty)
        for words in [
            "bad.toml:1:1: unknown key lops (did you mean \"loops\"?)", "bad.toml:2:",
            "bad.toml:4:", "bad.toml:5:1: unknown key limits.request_bites",
            "bad.toml:6:1: unknown section [tsl] (did you mean \"tls\"?)", "bad.toml:9:",
            "HOLDFAST_LOG_FORMAT: ", "--loops: ",
        ] {
            #expect(check.errors.contains(words), "\(words) is not in \(check.errors)")
        }
        let start = try await Command("--config", file, folder: folder)
        #expect(start.exit == .code(2) && start.errors.contains("bad.toml:1:1"))
    }

    @Test func flagsAreCheckedAndSuggested() async throws {
        let typo = try await Command("--lisen", "127.0.0.1:0")
        #expect(typo.exit == .code(2) && typo.isReadable)
        #expect(typo.errors.contains("did you mean \"--listen\"?"))
        let command = try await Command("confg")
        #expect(command.exit == .code(2) && command.errors.contains("did you mean \"config\"?"))
        let missing = try await Command("--listen")
        #expect(missing.exit == .code(2) && missing.errors.contains("needs a value"))
        let help = try await Command("--help")
        #expect(help.exit == .code(0) && help.output.contains("--check-config"))
        #expect(help.errors.isEmpty)
        let version = try await Command("--version")
        #expect(version.exit == .code(0) && version.output.hasPrefix("holdfastd "))
        let near = try await Command(
            "--check-config", environment: ["HOLDFAST_LISTEM": "127.0.0.1:1"])
        #expect(near.exit == .code(0) && near.errors.contains("did you mean HOLDFAST_LISTEN?"))
    }

    @Test func theCheckLooksIntoTheFilesThatAreNamed() async throws {
        let folder = try Folder()
        let policy = try folder.write("bad.policy", "rule a\n")
        let bad = try await Command(
            "--check-config", "--policy-file", policy, "--tls-certificate", "none.pem",
            "--tls-key", "none-key.pem", "--tls-client-ca", "none-ca.pem", folder: folder)
        #expect(bad.exit == .code(2) && bad.output.isEmpty)
        for file in [" none.pem", " none-key.pem", " none-ca.pem", "/bad.policy:1:1"] {
            #expect(bad.errors.contains(file), "\(file): \(bad.errors)")
        }
        #expect(bad.errors.split(separator: "\n").count == 4, "each once: \(bad.errors)")
        let good = try await Command("--check-config", folder: folder)
        #expect(good.exit == .code(0) && good.output == "the configuration is valid\n")
        #expect(!FileManager.default.fileExists(atPath: folder["holdfast-data"]))
    }

    @Test func missingFilesAreNamed() async throws {
        let folder = try Folder()
        let quiet = ["--listen", "127.0.0.1:0", "--ops-listen", "off"]
        let config = try await Command("--config", "none.toml", folder: folder)
        #expect(config.exit == .code(2) && config.isReadable)
        #expect(config.errors == "holdfastd: cannot read none.toml: No such file or directory\n")
        let check = try await Command("--check-config", "--config", "none.toml", folder: folder)
        #expect(check.exit == .code(2))
        let policy = try await Command(
            quiet + ["--policy-file", "none.policy"], folder: folder)
        #expect(policy.exit == .code(1))
        #expect(policy.lastLine == "holdfastd: cannot read none.policy: No such file or directory")
        let certificate = try await Command(
            quiet + [
                "--tls-certificate", "none.pem", "--tls-key", "none-key.pem", "--tls-client-ca",
                "none-ca.pem",
            ], folder: folder)
        #expect(certificate.exit == .code(1) && certificate.isReadable)
        #expect(certificate.errors.contains("none.pem"))
        #expect(certificate.errors.split(separator: "\n").count == 1, "\(certificate.errors)")
    }

    @Test func aPipeThatNobodyWritesToIsNoConfiguration() async throws {
        let folder = try Folder()
        #expect(unsafe mkfifo(folder["pipe"], 0o600) == 0)
        let silent = try await Command("--check-config", "--config", "pipe", folder: folder)
        #expect(silent.exit == .code(2))
        #expect(
            silent.errors
                == "holdfastd: cannot read pipe: nothing was written into this pipe\n")
        // One that somebody writes to is a file like others: shells make them of <(…).
        let write = try Child(
            ["/bin/sh", "-c", "echo 'loops = 3' > pipe"], in: folder.path,
            output: folder["sh.out"], errors: folder["sh.err"])
        let hold = unsafe open(folder["pipe"], O_RDONLY | O_NONBLOCK)
        defer { close(hold) }
        #expect(try await write.ended() == .code(0))
        let read = try await Command("config", "show", "--config", "pipe", folder: folder)
        #expect(read.exit == .code(0) && read.output.contains("loops = 3"), "\(read.errors)")
    }

    @Test func anAnswerThatCannotBeWrittenIsAFailure() async throws {
        for arguments in [["config", "show"], ["--help"], ["--version"], ["--check-config"]] {
            let folder = try Folder()
            let child = try Child(
                [Daemon.binary] + arguments, in: folder.path, output: "/dev/full",
                errors: folder["err"])
            #expect(try await child.ended() == .code(1), "\(arguments)")
            let words = "holdfastd: cannot write the answer: No space left on device\n"
            #expect(folder.read("err") == words)
        }
    }

    @Test func helpOfPoliciesIsNotAboutSettings() async throws {
        let help = try await Command("policy", "explain", "--help")
        #expect(help.exit == .code(0) && !help.output.contains("--listen"))
        let wrong = try await Command("policy", "check", "--listen", "127.0.0.1:0", "file")
        #expect(wrong.exit == .code(2) && wrong.errors.contains("unknown option \"--listen\""))
        let value = try await Command("--help=1")
        #expect(value.errors.contains("--help takes no value"))
    }

    @Test func aDataDirectoryInTheWayIsNamed() async throws {
        let folder = try Folder()
        try folder.write("file", "")
        for path in ["file", "file/below", "none/below"] {
            let run = try await Command(
                ["--listen", "127.0.0.1:0", "--ops-listen", "off", "--data-dir", path],
                folder: folder)
            #expect(run.exit == .code(1) && run.isReadable, "\(run.errors)")
            #expect(run.errors.contains(path), "\(run.errors)")
            #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        }
    }

    @Test func aPortInUseIsNamed() async throws {
        try await withDaemon { daemon in
            for (flag, other, setting) in [
                ("--listen", "--ops-listen", "listen"), ("--ops-listen", "--listen", "ops_listen"),
            ] {
                let taken = try await daemon.address()
                let run = try await Command(
                    [flag, taken, other, "127.0.0.1:0", "--log-format", "text"],
                    folder: daemon.folder)
                #expect(run.exit == .code(1))
                #expect(
                    run.lastLine
                        == "holdfastd: \(setting): cannot listen at \(taken): Address already in use",
                    "\(run.errors)")
            }
        }
    }
}
