// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every target of ours; the C targets have no Swift in them.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Tests with which the optimiser of Swift 6.3 crashes ("While splitting coroutine").
let unoptimised: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

let collections = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deques = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(
  name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "breakwater",
  products: [
    .executable(name: "breakwater", targets: ["breakwater"]),
    .library(name: "PromQL", targets: ["PromQL"]),
    // For the package in Fuzz/ only, which cannot see what this one keeps to itself.
    .library(name: "RuleFuzzing", targets: ["RuleFuzzing"]),
    .library(name: "TemplateFuzzing", targets: ["TemplateFuzzing"]),
    .library(name: "ProbeFuzzing", targets: ["ProbeFuzzing"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Pure: no clock, no I/O, no task, no lock, no Foundation.
    .target(name: "Signals", swiftSettings: strict),
    .target(name: "MCPWire", dependencies: ["Patterns", "Signals"], swiftSettings: strict),
    .target(name: "Breaking", dependencies: ["Signals"], swiftSettings: strict),
    .target(
      name: "Agent",
      dependencies: ["Alerting", "Breaking", "MCPWire", "Notifications", "Signals", collections],
      swiftSettings: strict),

    .target(
      name: "PromQL", dependencies: ["CMath", "Patterns", "Signals"], swiftSettings: strict),
    .target(name: "SampleStore", dependencies: ["PromQL", "Signals"], swiftSettings: strict),
    // The language of Prometheus's engine tests.
    .target(
      name: "PromQLTesting", dependencies: ["Patterns", "PromQL", "Signals"],
      swiftSettings: strict),

    // Go's text/template with Prometheus's functions.
    .target(
      name: "Templates", dependencies: ["Patterns", "PromQL", "Signals"],
      swiftSettings: strict),
    // Rules as values, and what their evaluations make of alerts.
    .target(
      name: "Alerting", dependencies: ["Notifications", "PromQL", "Signals", "Templates"],
      swiftSettings: strict),
    // From alerts to messages: grouping, decision, rendering, outbox.
    .target(
      name: "Notifications",
      dependencies: [
        "Breaking", "MCPWire", "Patterns", "PromQL", "Signals", "Templates", collections,
        deques,
      ],
      swiftSettings: strict),
    // promtool's unit tests of rules.
    .target(
      name: "RuleTesting",
      dependencies: [
        "Alerting", "Notifications", "Patterns", "PromQL", "PromQLTesting", "Signals", "Templates",
      ],
      swiftSettings: strict),

    // RE2 behind a Swift type. Computes and nothing else, so pure targets may import it.
    .target(name: "Patterns", dependencies: ["CRE2"], swiftSettings: strict),

    // C: a header of static-inline shims each; C++ for RE2.
    .target(name: "CBcrypt", linkerSettings: [.linkedLibrary("crypt")]),
    .target(name: "CMath"),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("ssl")]),
    // Its headers have a folder of their own, which pkg-config knows.
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CLinux"),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    .target(
      name: "CBuildInfo",
      cSettings: [
        .define("BREAKWATER_REVISION", to: Context.gitInformation?.currentCommit ?? "unknown")
      ]),

    // Threads with names and the clocks, for the edges that need them.
    .target(name: "Threading", dependencies: ["CLinux", "Signals"], swiftSettings: strict),

    // Edges: each the only importer of its library.
    .target(
      name: "CurlTransport",
      dependencies: [
        "Agent", "Breaking", "CCrypto", "CCurl", "CLinux", "MCPWire", "Notifications", "Signals",
        "Threading",
      ],
      swiftSettings: strict),
    .target(
      name: "ConfigFile",
      dependencies: [
        "Agent", "Alerting", "Breaking", "MCPWire", "Notifications", "Patterns", "PromQL",
        "RuleTesting", "Signals", "Templates", yams,
      ],
      swiftSettings: strict),
    .target(
      name: "Journal",
      dependencies: [
        "Agent", "Alerting", "Breaking", "CLinux", "MCPWire", "Notifications", "PromQL",
        "SampleStore", "Signals", "Threading", grdb,
      ],
      swiftSettings: strict),
    // libpq on the thread `postgres-link`.
    .target(
      name: "PostgresLink",
      dependencies: [
        "Agent", "Breaking", "CLibpq", "CLinux", "MCPWire", "Signals", "Threading",
      ],
      swiftSettings: strict),
    .target(
      name: "WebServer",
      dependencies: [
        "Agent", "Alerting", "Breaking", "CBcrypt", "CCrypto", "CLinux", "CZlib", "MCPWire",
        "Notifications", "Patterns", "PromQL", "Signals", "Threading",
        httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, nioCore, nioHTTP1, nioPosix,
        nioSSL, nioTLS,
      ], swiftSettings: strict),
    // rules/ as it is, inside the program.
    .target(
      name: "RulePack", resources: [.embedInCode("agent.yml"), .embedInCode("mcp.yml")],
      swiftSettings: strict),
    .target(
      name: "DemoServers",
      dependencies: [httpTypes, hummingbird, lifecycle, logging, nioCore, nioPosix],
      swiftSettings: strict),
    .target(
      name: "AgentRuntime",
      dependencies: [
        "Agent", "Alerting", "Breaking", "CLinux", "ConfigFile", "CurlTransport", "Journal",
        "MCPWire", "Notifications", "PostgresLink", "PromQL", "SampleStore", "Templates", "Signals",
        "Threading", "WebServer", lifecycle, logging,
      ], swiftSettings: strict),
    // Those who start this process: systemd, and the parent of `run --supervise`.
    .target(
      name: "ServiceManagement", dependencies: ["CLinux", "Signals", "Threading"],
      swiftSettings: strict),
    .executableTarget(
      name: "breakwater",
      dependencies: [
        "Agent", "AgentRuntime", "Alerting", "Breaking", "CBuildInfo", "ConfigFile",
        "CurlTransport", "DemoServers", "Journal", "MCPWire", "Notifications", "PostgresLink",
        "PromQL", "PromQLTesting", "RulePack", "RuleTesting", "ServiceManagement", "Signals",
        "Threading",
        "WebServer", argumentParser, lifecycle, logging,
      ], swiftSettings: strict),

    // Not a product: in this package, since it serves what only the package can see.
    .executableTarget(
      name: "ExpositionBenchmark",
      dependencies: [
        "Agent", "MCPWire", "Signals", "Threading", "WebServer", lifecycle, logging, unixSignals,
      ],
      path: "Benchmarks/Exposition", swiftSettings: strict),
    .executableTarget(
      name: "PostgresBenchmark",
      dependencies: ["Agent", "MCPWire", "PostgresLink", "Signals", "Threading"],
      path: "Benchmarks/Postgres", swiftSettings: strict),
    .executableTarget(
      name: "RulesBenchmark",
      dependencies: [
        "Agent", "PromQL", "SampleStore", "Signals", "TestSupport", "Threading", "WebServer",
        lifecycle, logging, unixSignals,
      ],
      path: "Benchmarks/Rules", swiftSettings: strict),
    .executableTarget(
      name: "SimulationBenchmark", dependencies: ["Signals", "Simulation"],
      path: "Benchmarks/Simulation", swiftSettings: strict),
    .executableTarget(
      name: "SampleStoreBenchmark", dependencies: ["PromQL", "SampleStore", "Signals"],
      path: "Benchmarks/SampleStore", swiftSettings: strict),

    // Tests, and what they share.
    .target(
      name: "TestSupport",
      dependencies: ["Agent", "Breaking", "MCPWire", "Notifications", "Signals", collections],
      path: "Tests/TestSupport", swiftSettings: strict),
    // Servers that go wrong, each in one way, and the tool that serves them.
    .target(
      name: "FaultServers", dependencies: ["TestSupport"], path: "Tests/FaultServers",
      swiftSettings: strict),
    .executableTarget(
      name: "faultd", dependencies: ["FaultServers"], path: "Tests/faultd",
      swiftSettings: strict),
    // The whole pure agent under virtual clocks.
    .target(
      name: "Simulation",
      dependencies: [
        "Agent", "AgentRuntime", "Alerting", "Breaking", "MCPWire", "Notifications", "PromQL",
        "SampleStore", "Signals", "Templates", "TestSupport",
      ], path: "Tests/Simulation", swiftSettings: strict),
    .testTarget(
      name: "SimulationTests", dependencies: ["Simulation", "Signals"], swiftSettings: strict),
    .testTarget(
      name: "SignalsTests", dependencies: ["Signals", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PromQLTests",
      dependencies: ["Patterns", "PromQL", "PromQLTesting", "Signals", "TestSupport", "Threading"],
      exclude: ["Cases"], swiftSettings: strict),
    .testTarget(
      name: "PromQLTestingTests",
      dependencies: ["PromQL", "PromQLTesting", "Signals", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PatternsTests", dependencies: ["Patterns", "PromQL", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "TemplatesTests",
      dependencies: ["PromQL", "Signals", "TemplateFuzzing", "Templates", "TestSupport"],
      exclude: ["Cases"], swiftSettings: strict),
    .testTarget(
      name: "AlertingTests",
      dependencies: [
        "Alerting", "Notifications", "PromQL", "Signals", "Templates", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "NotificationsTests",
      dependencies: ["ConfigFile", "Notifications", "PromQL", "Signals", "TestSupport"],
      swiftSettings: strict),
    // What chats are sent, as their vendors see it.
    .testTarget(
      name: "ReceiverTests",
      dependencies: ["Notifications", "PromQL", "Signals", "Templates", "TestSupport"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "RuleTestingTests",
      dependencies: [
        "Alerting", "ConfigFile", "PromQL", "RuleTesting", "Signals", "Templates", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "MCPWireTests", dependencies: ["MCPWire", "Signals", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "BreakingTests", dependencies: ["Breaking", "Signals", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AgentTests",
      dependencies: [
        "Agent", "Alerting", "Breaking", "MCPWire", "PromQL", "Signals", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SampleStoreTests", dependencies: ["PromQL", "SampleStore", "Signals", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CurlTransportTests",
      dependencies: [
        "Agent", "Breaking", "CurlTransport", "FaultServers", "MCPWire", "Notifications",
        "Signals", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ConfigFileTests",
      dependencies: [
        "Agent", "Alerting", "Breaking", "ConfigFile", "MCPWire", "Notifications", "Patterns",
        "PromQL", "RuleFuzzing", "Signals", "Templates", "TestSupport",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "JournalTests",
      dependencies: [
        "Agent", "Alerting", "Breaking", "Journal", "MCPWire", "Notifications", "PromQL",
        "SampleStore", "Signals", "TestSupport", grdb,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PostgresLinkTests",
      dependencies: [
        "Agent", "Breaking", "MCPWire", "PostgresLink", "Signals", "TestSupport", "Threading",
      ], swiftSettings: strict + unoptimised),
    .testTarget(
      name: "WebServerTests",
      dependencies: [
        "Agent", "Alerting", "Breaking", "ConfigFile", "MCPWire", "Notifications", "PromQL",
        "Signals", "Templates", "TestSupport", "WebServer", lifecycle, logging, nioCore,
      ], exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "RuntimeTests",
      dependencies: [
        "Agent", "AgentRuntime", "Alerting", "Breaking", "DemoServers", "Journal", "MCPWire",
        "Notifications", "PostgresLink", "PromQL", "SampleStore", "Signals", "TestSupport",
        "Threading", logging,
      ], swiftSettings: strict),
    // What the fuzz targets of Fuzz/ do with their bytes, for deterministic tests.
    .target(
      name: "PromQLFuzzing", dependencies: ["PromQL"], path: "Fuzz/Sources/FuzzBodies",
      swiftSettings: strict),
    .target(
      name: "RuleFuzzing", dependencies: ["Agent", "Alerting", "ConfigFile", "PromQL", "Signals"],
      path: "Fuzz/Sources/RuleFuzzBodies", swiftSettings: strict),
    .target(
      name: "TemplateFuzzing", dependencies: ["PromQL", "Signals", "Templates"],
      path: "Fuzz/Sources/TemplateBodies", swiftSettings: strict),
    .target(
      name: "ProbeFuzzing", dependencies: ["CurlTransport", "MCPWire", "Signals"],
      path: "Fuzz/Sources/ProbeFuzzBodies", swiftSettings: strict),
    .testTarget(
      name: "ProbeFuzzTests", dependencies: ["ProbeFuzzing", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PromQLFuzzTests", dependencies: ["PromQL", "PromQLFuzzing", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PrometheusComparisonTests",
      dependencies: [
        "Agent", "ConfigFile", "Notifications", "PromQL", "RuleTesting", "Signals", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["FaultServers", "ServiceManagement", "Signals", "TestSupport", "WebServer"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "ServiceManagementTests", dependencies: ["ServiceManagement", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "DashboardTests", dependencies: ["Agent", "PromQL", "Signals", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
