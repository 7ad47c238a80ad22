import Foundation
import TestSupport
import Testing

/// The rules of the house that the compiler cannot say, over every file of the checkout.
@Suite(.timeLimit(.minutes(5))) struct Tidy {
  private func expectNone(_ violations: [Violation]) {
    let count = violations.count
    #expect(count == 0, "\n\(violations.map(\.description).joined(separator: "\n"))")
  }

  /// Rules are not held against the files that spell them out.
  private func swiftFiles() throws -> [SourceFile] {
    try SourceFile.all(in: ["Sources", "Tests", "Benchmarks", "Fuzz/Sources"])
      .filter { !$0.path.hasPrefix("Tests/TidyTests/") && !$0.path.contains("/.build/") }
  }

  @Test func pureTargetsKeepToThemselves() throws {
    let files = try swiftFiles().filter { $0.isSource && Imports.pureTargets.contains($0.target) }
    #expect(Set(files.map(\.target)) == Imports.pureTargets)
    expectNone(files.flatMap { file in Ban.pure.flatMap { $0.violations(in: file) } })
  }

  @Test func nothingBannedIsUsed() throws {
    let waiting = "Tests/TestSupport/ProcessesWaiting.swift"
    expectNone(
      try swiftFiles().flatMap { file in
        let bans = file.isSource ? Ban.inSources : file.path == waiting ? [] : Ban.inTests
        return (bans + Ban.everywhere).flatMap { $0.violations(in: file) }
      })
  }

  @Test func libraryDoorsAreUsed() throws {
    expectNone(try swiftFiles().filter(\.isSource).flatMap(Imports.violations))
  }

  @Test func filesFunctionsAndLinesAreShort() throws {
    let all = try SourceFile.all(in: ["Sources", "Tests", "Benchmarks", "Fuzz/Sources"])
    expectNone(all.filter { !$0.path.contains("/.build/") }.flatMap(Shape.violations))
  }

  @Test func pureTargetsDependOnNoEdge() throws {
    let manifest = Manifest(try text(of: "Package.swift"))
    #expect(Imports.pureTargets.isSubset(of: Set(manifest.targets.map(\.name))))
    #expect(manifest.impureDependencies == [])
  }

  @Test func everyTargetIsInTheArchitecture() throws {
    let architecture = try text(of: "ARCHITECTURE.md")
    let sources = projectRoot.appending(path: "Sources")
    let targets = try FileManager.default.contentsOfDirectory(atPath: sources.path)
    #expect(targets.filter { !architecture.contains($0) }.sorted() == [])
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: projectRoot.appending(path: ".git").path)))
  func noStrayFiles() async throws {
    let listing = try await runCommand(
      "git", ["-c", "safe.directory=*", "-C", projectRoot.path, "ls-files"], in: try Scratch())
    #expect(listing.status == 0, "\(listing.errors)")
    let manifest = Manifest(try text(of: "Package.swift"))
    let files = listing.lines.map(String.init)
    #expect(files.count > 20)
    #expect(StrayFiles.among(files, targets: Set(manifest.targets.map(\.name))) == [])
  }

  @Test func scriptsAreExecutableAndParse() async throws {
    let scratch = try Scratch()
    let names = try FileManager.default.contentsOfDirectory(
      atPath: projectRoot.appending(path: "scripts").path)
    let shell = names.filter { $0.hasSuffix(".sh") }.map { "scripts/\($0)" } + [".ci/run"]
    for name in shell {
      let path = projectRoot.appending(path: name).path
      let result = try await runCommand("bash", ["-n", path], in: scratch)
      #expect(result.status == 0, "\(name): \(result.errors)")
      let isLibrary = name == "scripts/common.sh"
      #expect(FileManager.default.isExecutableFile(atPath: path) != isLibrary, "\(name)")
    }
  }

  @Test func theFormatterHasNothingToSay() async throws {
    let paths = ["Sources", "Tests", "Fuzz/Sources", "Package.swift"].map {
      projectRoot.appending(path: $0).path
    }
    let result = try await runCommand(
      "swift", ["format", "lint", "--strict", "--recursive", "--parallel"] + paths,
      in: try Scratch(), within: .seconds(240))
    #expect(result.status == 0, "make format\n\(result.output)\(result.errors)")
  }

  private func text(of path: String) throws -> String {
    try String(contentsOf: projectRoot.appending(path: path), encoding: .utf8)
  }
}

/// Files that belong nowhere.
enum StrayFiles {
  static let top: Set<String> = [
    ".ci", ".gitignore", ".swift-format", "ARCHITECTURE.md", "Benchmarks", "CHANGELOG.md",
    "CONTRIBUTING.md", "Fuzz", "LICENSE", "Makefile", "Package.swift", "README.md", "Sources",
    "Tests", "docs", "grafana", "packaging", "rules", "scripts",
  ]

  static func among(_ files: [String], targets: Set<String>) -> [String] {
    files.filter { file in
      let parts = file.split(separator: "/").map(String.init)
      guard let first = parts.first, let last = parts.last else { return true }
      if !top.contains(first) || last == "Stub.swift" { return true }
      if [".orig", ".rej", ".bak", "~", ".pyc", ".log"].contains(where: last.hasSuffix) {
        return true
      }
      guard first == "Sources" || first == "Tests" else { return false }
      return parts.count < 3 || !targets.contains(parts[1])
    }
  }
}
