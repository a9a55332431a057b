// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "pairwise",
  products: [
    .library(name: "Pairwise", targets: ["Pairwise"]),
    .executable(name: "pairwise", targets: ["pairwise"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // C: vector kernels and system libraries.
    .target(name: "CKernels", cSettings: [.define("PW_BUILD")]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .target(name: "CHDF5Probe", dependencies: ["CHDF5"], linkerSettings: [.linkedLibrary("z")]),

    // Swift: each imports only what stands above it.
    .target(name: "PairwiseConfig"),
    .target(name: "PairwiseTensor", dependencies: ["CKernels", "COpenBLAS"]),
    .target(name: "PairwiseAutodiff", dependencies: ["CKernels", "PairwiseTensor"]),
    .target(name: "PairwiseText", dependencies: ["PairwiseConfig"]),
    .target(
      name: "PairwiseData",
      dependencies: [
        "CHDF5", "CHDF5Probe", "PairwiseConfig", "PairwiseTensor", "PairwiseText",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(name: "PairwiseOptim", dependencies: ["CKernels", "PairwiseTensor"]),
    .target(name: "PairwiseNN", dependencies: ["PairwiseAutodiff", "PairwiseTensor"]),
    .target(
      name: "PairwiseModels",
      dependencies: [
        "CKernels", "PairwiseAutodiff", "PairwiseConfig", "PairwiseData", "PairwiseNN",
        "PairwiseTensor",
        "PairwiseText",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "PairwiseObjectives",
      dependencies: ["PairwiseAutodiff", "PairwiseConfig", "PairwiseTensor"]),
    .target(
      name: "PairwiseEvaluation",
      dependencies: [
        "PairwiseConfig", .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "PairwiseTraining",
      dependencies: [
        "PairwiseAutodiff", "PairwiseConfig", "PairwiseData", "PairwiseEvaluation",
        "PairwiseModels",
        "PairwiseNN", "PairwiseObjectives", "PairwiseOptim", "PairwiseTensor", "PairwiseText",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "RealModule", package: "swift-numerics"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "PairwiseLaboratory",
      dependencies: [
        "PairwiseAutodiff", "PairwiseConfig", "PairwiseData", "PairwiseEvaluation",
        "PairwiseModels", "PairwiseNN", "PairwiseObjectives", "PairwiseOptim", "PairwiseTensor",
        "PairwiseText", "PairwiseTraining",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Pairwise",
      dependencies: [
        "PairwiseAutodiff", "PairwiseConfig", "PairwiseData", "PairwiseEvaluation",
        "PairwiseLaboratory", "PairwiseModels",
        "PairwiseNN", "PairwiseObjectives", "PairwiseOptim", "PairwiseTensor", "PairwiseText",
        "PairwiseTraining",
      ]),
    .executableTarget(
      name: "pairwise",
      dependencies: [
        "Pairwise",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "PairwiseTestSupport", dependencies: ["CHDF5", "PairwiseConfig", "PairwiseData"],
      path: "Tests/PairwiseTestSupport"),
    .testTarget(
      name: "PairwiseAutodiffTests",
      dependencies: ["PairwiseAutodiff", "PairwiseTensor", "PairwiseTestSupport"]),
    .testTarget(
      name: "PairwiseCommandTests",
      dependencies: [
        "PairwiseConfig", "PairwiseData", "PairwiseModels", "PairwiseTensor", "PairwiseTestSupport",
      ]),
    .testTarget(name: "PairwiseConfigTests", dependencies: ["PairwiseConfig"]),
    .testTarget(
      name: "PairwiseDataTests",
      dependencies: [
        "CHDF5", "PairwiseConfig", "PairwiseData", "PairwiseTensor", "PairwiseTestSupport",
        "PairwiseText",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(
      name: "PairwiseEvaluationTests",
      dependencies: [
        "PairwiseConfig", "PairwiseEvaluation",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .testTarget(
      name: "PairwiseLaboratoryTests",
      dependencies: [
        "PairwiseConfig", "PairwiseData", "PairwiseEvaluation", "PairwiseLaboratory",
        "PairwiseModels", "PairwiseNN", "PairwiseObjectives", "PairwiseTensor",
        "PairwiseTestSupport", "PairwiseTraining",
      ]),
    .testTarget(
      name: "PairwiseModelsTests",
      dependencies: [
        "PairwiseAutodiff", "PairwiseConfig", "PairwiseData", "PairwiseModels", "PairwiseNN",
        "PairwiseTensor", "PairwiseTestSupport", "PairwiseText",
      ]),
    .testTarget(
      name: "PairwiseNNTests", dependencies: ["PairwiseAutodiff", "PairwiseNN", "PairwiseTensor"]),
    .testTarget(
      name: "PairwiseObjectivesTests",
      dependencies: ["PairwiseAutodiff", "PairwiseConfig", "PairwiseObjectives", "PairwiseTensor"]),
    .testTarget(name: "PairwiseOptimTests", dependencies: ["PairwiseOptim", "PairwiseTensor"]),
    .testTarget(
      name: "PairwiseTensorTests",
      dependencies: ["CKernels", "PairwiseTensor", "PairwiseTestSupport"]),
    .testTarget(
      name: "PairwiseTextTests",
      dependencies: ["PairwiseConfig", "PairwiseTestSupport", "PairwiseText"]),
    .testTarget(
      name: "PairwiseTrainingTests",
      dependencies: [
        "PairwiseAutodiff", "PairwiseConfig", "PairwiseData", "PairwiseEvaluation",
        "PairwiseModels", "PairwiseNN", "PairwiseObjectives", "PairwiseOptim", "PairwiseTensor",
        "PairwiseTestSupport", "PairwiseText", "PairwiseTraining",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
  target.swiftSettings = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}
