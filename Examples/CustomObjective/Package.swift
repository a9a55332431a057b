// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "CustomObjective",
  dependencies: [.package(name: "pairwise", path: "../..")],
  targets: [
    .executableTarget(
      name: "CustomObjective", dependencies: [.product(name: "Pairwise", package: "pairwise")])
  ]
)
