// swift-tools-version: 6.3
import PackageDescription

/// A build with mistakes that the simulator must find; see tools/simulate-plants.
let isPlanting = Context.environment["HOLDFAST_PLANTS"] == "1"

/// Every target is held to the same rules; see docs/architecture.md for the ranks of the targets.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableExperimentalFeature("Lifetimes"),
    ] + (isPlanting ? [.define("HOLDFAST_PLANTS")] : [])

func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target
{
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
    -> Target
{
    .testTarget(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// Fuzz targets need their own flags and no main; see tools/fuzz.
let isFuzzing = Context.environment["HOLDFAST_FUZZ"] == "1"

func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Fuzz/\(name)",
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
}

let fuzzTargets: [Target] =
    isFuzzing
    ? [fuzz("FuzzMessages", ["HoldfastTestProto"]), fuzz("FuzzFrames", ["HoldfastTestWire"])] : []

/// Minutes of harm to real processes: asked for by name.
let chaosTests: [Target] =
    Context.environment["HOLDFAST_CHAOS"] == "1"
    ? [
        tests(
            "HoldfastChaosTests",
            [
                "HoldfastBase", "HoldfastSimulation", "Holdfast", "HoldfastTestChaos",
                "holdfast-chaos", "holdfastd",
            ])
    ] : []

let package = Package(
    name: "holdfast",
    products: [
        .library(name: "Holdfast", targets: ["Holdfast"]),
        // A server in the process, for the tests of programs that use Holdfast.
        .library(name: "HoldfastTesting", targets: ["HoldfastTesting"]),
        // With the modules that generated code and handlers import beside it.
        .library(
            name: "HoldfastRPC",
            targets: [
                "HoldfastRPC", "HoldfastCalls", "HoldfastWire", "HoldfastWireProtocol",
                "HoldfastBase",
            ]),
        .executable(name: "holdfastd", targets: ["holdfastd"]),
        .executable(name: "holdfastctl", targets: ["holdfastctl"]),
        .executable(name: "holdfast-bench", targets: ["holdfast-bench"]),
        .executable(name: "protoc-gen-holdfast-swift", targets: ["protoc-gen-holdfast-swift"]),
    ],
    targets: [
        // Rank 0: C.
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CProtobufC", providers: [.apt(["libprotobuf-c-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        // For the simulator only: no product needs it.
        .systemLibrary(name: "CLua", providers: [.apt(["liblua5.1-0-dev"])]),
        .target(name: "CLuaHost", dependencies: ["CLua"]),
        .target(name: "CHoldfastSystem"),
        .target(name: "CHoldfastFrames", dependencies: ["CProtobufC"]),
        .target(name: "CHoldfastProto", dependencies: ["CProtobufC"]),
        // Rank 1.
        library("HoldfastBase", []),
        // Rank 2.
        library("HoldfastNode", ["HoldfastBase"]),
        library("HoldfastSettings", ["HoldfastBase"]),
        // Rank 3: one thing each.
        library("HoldfastPolicy", ["HoldfastBase", "HoldfastSettings"]),
        library("HoldfastCoordination", ["HoldfastBase", "HoldfastNode"]),
        library(
            "HoldfastRedis", ["HoldfastBase", "HoldfastNode", "CHiredis"], exclude: ["Scripts"]),
        library("HoldfastWireProtocol", ["HoldfastBase", "CProtobufC", "CHoldfastFrames"]),
        library("HoldfastTLS", ["HoldfastBase", "COpenSSL"]),
        library("HoldfastSystem", ["HoldfastBase", "CHoldfastSystem"]),
        // Rank 4: messages and loops.
        library("HoldfastWire", ["HoldfastWireProtocol", "CHoldfastProto"]),
        library("HoldfastRuntime", ["HoldfastBase", "HoldfastTLS", "HoldfastSystem"]),
        // Rank 5: making calls.
        library(
            "HoldfastCalls",
            [
                "HoldfastBase", "HoldfastWireProtocol", "HoldfastTLS", "HoldfastSystem",
                "HoldfastRuntime",
            ]),
        library("HoldfastCodeGen", ["HoldfastBase"]),
        // Rank 6: serving calls.
        library(
            "HoldfastRPC",
            [
                "HoldfastBase", "HoldfastWireProtocol", "HoldfastTLS", "HoldfastSystem",
                "HoldfastRuntime", "HoldfastCalls",
            ]),
        // Rank 7: assemblies.
        library(
            "HoldfastServer",
            [
                "HoldfastBase", "HoldfastSettings", "HoldfastNode", "HoldfastPolicy",
                "HoldfastCoordination", "HoldfastRedis", "HoldfastWire", "HoldfastTLS",
                "HoldfastSystem", "HoldfastRuntime", "HoldfastRPC",
            ]),
        library(
            "HoldfastSimulation",
            [
                "HoldfastBase", "HoldfastNode", "HoldfastCoordination", "HoldfastRedis",
                "HoldfastWire", "CLua", "CLuaHost",
            ]),
        library(
            "Holdfast",
            [
                "HoldfastBase", "HoldfastWireProtocol", "HoldfastWire", "HoldfastTLS",
                "HoldfastSystem", "HoldfastRuntime", "HoldfastCalls",
            ]),
        // Rank 8: what an executable is made of, and what tests of others are.
        library(
            "HoldfastTesting",
            [
                "HoldfastBase", "HoldfastWire", "HoldfastTLS", "HoldfastSystem", "HoldfastRPC",
                "HoldfastServer", "Holdfast",
            ]),
        library(
            "HoldfastControl",
            [
                "HoldfastBase", "HoldfastSettings", "HoldfastPolicy", "HoldfastWire", "HoldfastTLS",
                "HoldfastRPC", "Holdfast",
            ]),
        // Rank 9: executables.
        executable("holdfastd", ["HoldfastServer"]),
        executable("holdfastctl", ["HoldfastBase", "HoldfastSystem", "HoldfastControl"]),
        executable("protoc-gen-holdfast-swift", ["HoldfastCodeGen"]),
        // For developers; no product.
        executable(
            "holdfast-simulate",
            ["HoldfastBase", "HoldfastSettings", "HoldfastSystem", "HoldfastSimulation"]),
        executable(
            "holdfast-bench",
            [
                "HoldfastBase", "HoldfastSettings", "HoldfastNode", "HoldfastCoordination",
                "HoldfastRedis", "HoldfastWire", "HoldfastTLS", "HoldfastSystem",
                "HoldfastRuntime", "HoldfastRPC", "Holdfast",
            ]),
        // Tests: one target per module, and the ones that look at the whole.
        tests("HoldfastBaseTests", ["HoldfastBase"]),
        tests("HoldfastSettingsTests", ["HoldfastBase", "HoldfastSettings"]),
        .target(
            name: "HoldfastTestWire", dependencies: ["HoldfastBase", "HoldfastWire"],
            path: "Tests/HoldfastTestWire", swiftSettings: strict),
        tests("HoldfastWireTests", ["HoldfastBase", "HoldfastWire", "HoldfastTestWire"]),
        tests(
            "HoldfastCoordinationTests", ["HoldfastBase", "HoldfastNode", "HoldfastCoordination"]),
        tests(
            "HoldfastRedisTests",
            ["HoldfastBase", "HoldfastNode", "HoldfastCoordination", "HoldfastRedis", "CHiredis"]),
        tests(
            "HoldfastSimulationTests",
            [
                "HoldfastBase", "HoldfastNode", "HoldfastCoordination", "HoldfastRedis",
                "HoldfastSimulation",
            ]),
        tests("HoldfastTLSTests", ["HoldfastTLS"]),
        tests("HoldfastRuntimeTests", ["HoldfastBase", "HoldfastRuntime"]),
        tests(
            "HoldfastRPCTests",
            [
                "HoldfastBase", "HoldfastWireProtocol", "HoldfastWire", "HoldfastTLS",
                "HoldfastSystem", "HoldfastRuntime", "HoldfastCalls", "HoldfastRPC",
            ]),
        tests(
            "HoldfastServerTests",
            [
                "HoldfastBase", "HoldfastSettings", "HoldfastNode", "HoldfastPolicy",
                "HoldfastCoordination",
                "HoldfastServer",
            ]),
        tests(
            "HoldfastTests",
            ["HoldfastBase", "HoldfastWire", "HoldfastRPC", "Holdfast", "HoldfastTesting"]),
        tests(
            "HoldfastControlTests",
            [
                "HoldfastBase", "HoldfastSettings", "HoldfastWire", "HoldfastTLS", "HoldfastRPC",
                "Holdfast",
                "HoldfastServer", "HoldfastControl",
            ]),
        tests(
            "HoldfastProcessTests",
            [
                "holdfastd", "holdfastctl", "Holdfast", "HoldfastBase", "HoldfastTLS",
                "HoldfastWire",
            ]),
        tests(
            "HoldfastNodeProcessTests",
            [
                "HoldfastBase", "HoldfastNode", "HoldfastRedis", "HoldfastTLS", "HoldfastSystem",
                "HoldfastRuntime", "HoldfastServer",
            ]),
        // Faults of real processes: what is shared by the tests and by tools/chaos.
        .target(
            name: "HoldfastTestChaos",
            dependencies: [
                "HoldfastBase", "HoldfastTLS", "HoldfastSystem", "HoldfastSimulation", "Holdfast",
            ],
            path: "Tests/HoldfastTestChaos", swiftSettings: strict),
        .executableTarget(
            name: "holdfast-chaos",
            dependencies: [
                "HoldfastBase", "HoldfastSettings", "HoldfastSystem", "HoldfastTestChaos",
                "holdfastd",
            ],
            path: "Tests/holdfast-chaos", swiftSettings: strict),
        tests("TidyTests", []),
        .target(
            name: "CHoldfastTestProto", dependencies: ["CProtobufC"],
            path: "Tests/CHoldfastTestProto"),
        .target(
            name: "HoldfastTestProto", dependencies: ["HoldfastWire", "CHoldfastTestProto"],
            path: "Tests/HoldfastTestProto", swiftSettings: strict),
        .executableTarget(
            name: "holdfast-codec-probe", dependencies: ["HoldfastTestProto", "HoldfastWire"],
            path: "Tests/holdfast-codec-probe", swiftSettings: strict),
        tests(
            "HoldfastCodecTests",
            ["HoldfastWire", "HoldfastTestProto", "CProtobufC"]),
        tests("HoldfastCodeGenTests", ["HoldfastCodeGen"]),
    ] + fuzzTargets + chaosTests
)
