import Foundation
import Testing

/// The rules, held against the repository as it is.
@Suite struct RepositoryTests {
    @Test func noFileBreaksARule() throws {
        let files = try Repository.files()
        #expect(files.count > 50, "the repository was not found")
        let violations = files.flatMap { file in
            TidyRule.all.flatMap { $0.violations(in: file) }
        }
        for violation in violations { Issue.record("\(violation)") }
    }

    @Test func everyTargetHasARank() throws {
        let sources = Repository.root.appending(path: "Sources")
        let targets = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        #expect(Set(targets) == Set(TidyRule.rankOfTarget.keys))
    }

    /// SwiftPM lets a target import what it reaches only through another one.
    @Test func everyImportIsADeclaredDependency() throws {
        let manifest = PackageManifest(
            try String(
                contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8))
        #expect(manifest.dependencies["HoldfastTLS"] == ["HoldfastBase", "COpenSSL"])
        for file in try Repository.files() {
            guard let target = file.target else { continue }
            for line in file.imports where TidyRule.rankOfTarget[line.module] != nil {
                let isDeclared = manifest.dependencies[target]?.contains(line.module) == true
                #expect(isDeclared, "\(file.path):\(line.line): \(line.module) is not declared")
            }
        }
    }

    /// The manifest obeys the ranks as well, so that no target can even be built against its rank.
    @Test func everyDependencyIsOfALowerRank() throws {
        let manifest = PackageManifest(
            try String(
                contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8))
        for (target, dependencies) in manifest.dependencies {
            guard let rank = TidyRule.rankOfTarget[target] else { continue }
            for dependency in dependencies {
                let other = TidyRule.rankOfTarget[dependency] ?? 0
                let isBelow = other < rank || (rank == 0 && other == 0)
                #expect(isBelow, "\(target) depends on \(dependency)")
            }
        }
    }
}
