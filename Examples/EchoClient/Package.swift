// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "echo-client",
    dependencies: [.package(name: "holdfast", path: "../..")],
    targets: [
        .executableTarget(
            name: "echo-client", dependencies: [.product(name: "Holdfast", package: "holdfast")],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
