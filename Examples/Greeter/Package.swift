// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let rpc = Target.Dependency.product(name: "HoldfastRPC", package: "holdfast")

let package = Package(
    name: "greeter",
    dependencies: [.package(name: "holdfast", path: "../..")],
    targets: [
        // What ./generate makes of proto/: C for the codec, Swift for everybody else.
        .target(name: "CGreeterProto"),
        .target(name: "GreeterProto", dependencies: ["CGreeterProto", rpc], swiftSettings: strict),
        .executableTarget(
            name: "greeter-server", dependencies: ["GreeterProto", rpc], swiftSettings: strict),
        .executableTarget(
            name: "greeter-client", dependencies: ["GreeterProto", rpc], swiftSettings: strict),
    ]
)
