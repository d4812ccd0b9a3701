// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

let package = Package(
    name: "tested-service",
    dependencies: [.package(name: "holdfast", path: "../..")],
    targets: [
        .target(
            name: "Billing", dependencies: [.product(name: "Holdfast", package: "holdfast")],
            swiftSettings: strict),
        .testTarget(
            name: "BillingTests",
            dependencies: ["Billing", .product(name: "HoldfastTesting", package: "holdfast")],
            swiftSettings: strict),
    ]
)
