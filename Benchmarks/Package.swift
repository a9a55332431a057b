// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that users of the library never build it. It sees the public API alone.
let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "pairwise", path: "..")],
  targets: [
    // The peer, called as anybody would call it.
    .systemLibrary(
      name: "COpenBLASPeer", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .executableTarget(
      name: "PairwiseBenchmarks",
      dependencies: ["COpenBLASPeer", .product(name: "Pairwise", package: "pairwise")],
      swiftSettings: [
        .strictMemorySafety(), .enableUpcomingFeature("ExistentialAny"),
        .treatAllWarnings(as: .error),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
