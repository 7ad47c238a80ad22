import Testing

/// Every rule is shown a snippet that breaks it, and one that only looks so.
@Suite struct Rules {
  private func file(_ text: String, path: String = "Sources/Agent/X.swift") -> SourceFile {
    SourceFile(path: path, text: text)
  }

  @Test(arguments: Ban.pure + Ban.inSources + Ban.inTests + Ban.everywhere)
  func catchesItsToken(_ ban: Ban) {
    let snippet = "let first = 1\nlet second = \(ban.token)\n"
    let found = ban.violations(in: file(snippet))
    #expect(found.map(\.line) == [2])
    #expect(found.first?.description.hasPrefix("Sources/Agent/X.swift:2: '\(ban.token)'") == true)
    #expect(found.first?.message.contains(ban.use) == true)
  }

  @Test(arguments: Ban.pure + Ban.inSources + Ban.inTests)
  func mindsNeitherCommentsNorStrings(_ ban: Ban) {
    let snippet = """
      // \(ban.token)
      /* \(ban.token)
         \(ban.token) */ let a = "\(ban.token) \\" \(ban.token)"
      let b = \"\"\"
        \(ban.token)
        \"\"\"
      """
    #expect(ban.violations(in: file(snippet)) == [])
  }

  @Test func seesCodeWithinStrings() {
    let ban = Ban(token: "Date(", use: "a Timestamp")
    #expect(ban.violations(in: file(#"let a = "at \(Date()) or so""#)).count == 1)
  }

  @Test func knowsWholeWords() {
    let ban = Ban(token: "Task", use: "an effect")
    #expect(ban.violations(in: file("let multiTasking = TaskName()\n")) == [])
    #expect(ban.violations(in: file("Task { }\n")).count == 1)
    #expect(ban.violations(in: file("let a: Task<Int, Never>\n")).count == 1)
  }

  @Test(arguments: [
    ("import Foundation", "Agent", true), ("package import Signals", "Agent", false),
    ("import HeapModule", "Agent", false), ("import Synchronization", "Breaking", true),
    ("import Patterns", "PromQL", false), ("import CRE2", "PromQL", true),
    ("import Glibc", "MCPWire", true), ("import CCurl", "CurlTransport", false),
    ("import CCurl", "WebServer", true), ("import struct GRDB.Row", "ConfigFile", true),
    ("@preconcurrency import Yams", "Journal", true), ("import Yams", "ConfigFile", false),
    ("import Hummingbird", "breakwater", true), ("import Hummingbird", "DemoServers", false),
    ("import FoundationNetworking", "WebServer", true), ("// import CCurl", "Journal", false),
  ])
  func knowsWhoMayImportWhat(line: String, target: String, isViolation: Bool) {
    let file = SourceFile(path: "Sources/\(target)/X.swift", text: line + "\n")
    #expect(Imports.violations(in: file).isEmpty != isViolation)
  }

  @Test func measuresLines() {
    let line = String(repeating: "a", count: 100)
    #expect(Shape.violations(in: file("\(line)\n// \(line)\n")).map(\.line) == [2])
  }

  @Test func measuresFunctions() {
    func function(lines: Int) -> String {
      "  func long(\n    a: Int\n  ) {\n" + String(repeating: "    a()\n", count: lines - 4)
        + "  }\n"
    }
    let requirement = "protocol P {\n  func a()\n  func b()\n}\n"
    let fits = file(requirement + "struct A {\n" + function(lines: 70) + function(lines: 5) + "}\n")
    #expect(Shape.violations(in: fits) == [])
    let tooLong = file(requirement + "struct A {\n" + function(lines: 71) + "}\n")
    #expect(Shape.violations(in: tooLong).map(\.line) == [6])
  }

  @Test func measuresFiles() {
    #expect(Shape.violations(in: file(String(repeating: "a\n", count: 500))) == [])
    #expect(Shape.violations(in: file(String(repeating: "a\n", count: 501))).map(\.line) == [501])
  }

  @Test func readsTheManifest() {
    let text = """
      let package = Package(name: "breakwater", targets: [
        .target(name: "Signals", swiftSettings: strict),
        .target(
          name: "Agent", dependencies: ["Breaking", collections, "CurlTransport", logging],
          swiftSettings: strict),
        .testTarget(name: "AgentTests", dependencies: ["CurlTransport"]),
      ])
      """
    let manifest = Manifest(text)
    #expect(manifest.targets.map(\.name) == ["Signals", "Agent", "AgentTests"])
    #expect(
      manifest.impureDependencies == [
        "Package.swift: the pure target Agent depends on CurlTransport",
        "Package.swift: the pure target Agent depends on logging",
      ])
  }

  @Test func findsStrayFiles() {
    let good = [
      "README.md", "Sources/Agent/A.swift", "Tests/AgentTests/A.swift", "docs/metrics.md",
    ]
    let stray = [
      "notes.txt", "Sources/Agent/A.swift.orig", "Sources/Lost/A.swift", "Sources/A.swift",
      "Tests/AgentTests/Stub.swift",
    ]
    #expect(StrayFiles.among(good + stray, targets: ["Agent", "AgentTests"]) == stray)
  }
}
