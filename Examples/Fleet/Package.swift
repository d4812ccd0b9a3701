// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let client = Target.Dependency.product(name: "Holdfast", package: "holdfast")

func program(_ name: String, _ others: [Target.Dependency] = []) -> Target {
    .executableTarget(name: name, dependencies: [client, "Fleet"] + others, swiftSettings: strict)
}

let package = Package(
    name: "fleet",
    dependencies: [.package(name: "holdfast", path: "../..")],
    targets: [
        // Where the servers are, and how a program is asked to end.
        .target(name: "Fleet", dependencies: [client], swiftSettings: strict),
        program("nightly-report"),
        program("leader-worker"),
        program("order-service"),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        program("fenced-writer", ["CSQLite"]),
    ]
)
