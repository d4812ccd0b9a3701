// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "hello-lock",
    dependencies: [.package(name: "holdfast", path: "../..")],
    targets: [
        .executableTarget(
            name: "hello-lock", dependencies: [.product(name: "Holdfast", package: "holdfast")],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
