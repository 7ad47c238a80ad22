// swift-tools-version: 6.2
import PackageDescription

/// The fuzz targets, in a package of their own: they link libFuzzer, and nothing else here does.
/// `scripts/fuzz.sh TARGET RUNS` builds and runs them. What they do with the bytes is in FuzzBodies,
/// which the main package compiles too (as PromQLFuzzing), for the deterministic tests. Rules,
/// templates and probes are no product: what is done to them, in RuleFuzzBodies, TemplateBodies and
/// ProbeFuzzBodies, is compiled by the main package alone.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let promQL = Target.Dependency.product(name: "PromQL", package: "breakwater")
let ruleFuzzing = Target.Dependency.product(name: "RuleFuzzing", package: "breakwater")

let probeFuzzing = Target.Dependency.product(name: "ProbeFuzzing", package: "breakwater")
let templateFuzzing = Target.Dependency.product(name: "TemplateFuzzing", package: "breakwater")

let package = Package(
  name: "breakwater-fuzz",
  dependencies: [.package(name: "breakwater", path: "..")],
  targets: [
    .target(name: "CFuzz"),
    .target(name: "FuzzBodies", dependencies: [promQL], swiftSettings: strict),
    .executableTarget(
      name: "FuzzParser", dependencies: ["CFuzz", "FuzzBodies"], swiftSettings: strict),
    .executableTarget(
      name: "FuzzEvaluator", dependencies: ["CFuzz", "FuzzBodies"], swiftSettings: strict),
    .executableTarget(
      name: "FuzzRules", dependencies: ["CFuzz", ruleFuzzing], swiftSettings: strict),
    .executableTarget(
      name: "FuzzTemplates", dependencies: ["CFuzz", templateFuzzing], swiftSettings: strict),
    .executableTarget(
      name: "FuzzEventStream", dependencies: ["CFuzz", probeFuzzing], swiftSettings: strict),
    .executableTarget(
      name: "FuzzAnswers", dependencies: ["CFuzz", probeFuzzing], swiftSettings: strict),
    .executableTarget(
      name: "FuzzRedirects", dependencies: ["CFuzz", probeFuzzing], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
