import ConfigFile
import Foundation
import Testing

/// The fixtures beside the tests, found by this file's place.
enum Fixtures {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures", directoryHint: .isDirectory)

  static let invalid: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path())) ?? []
    return files.filter { $0.hasPrefix("invalid-") && $0.hasSuffix(".yml") }.sorted()
  }()

  static func text(_ name: String) throws -> String {
    try String(contentsOf: directory.appending(path: name), encoding: .utf8)
  }

  /// Parses a fixture under its bare name, so that messages are the same in every checkout.
  static func parse(_ name: String) throws -> Result<LoadedConfig, ConfigProblems> {
    check(try text(name), file: name, directory: directory.path())
  }
}

func check(
  _ text: String, file: String = "test.yml", directory: String = ""
) -> Result<LoadedConfig, ConfigProblems> {
  Result { () throws(ConfigProblems) in
    try ConfigFile.parse(text: text, file: file, directory: directory)
  }
}

/// The problems of a text, a line each; none when it is valid.
func problems(in text: String, directory: String = "") -> [String] {
  switch check(text, directory: directory) {
  case .success: []
  case .failure(let failure): failure.problems.map(\.description)
  }
}

struct FixtureTests {
  @Test func thereAreFixtures() { #expect(Fixtures.invalid.count > 40) }

  /// Each `invalid-MISTAKE.yml` has its messages beside it, in a `.txt`, which UPDATE_GOLDEN=1
  /// writes.
  @Test(arguments: Fixtures.invalid)
  func eachMistakeHasItsMessages(name: String) throws {
    guard case .failure(let failure) = try Fixtures.parse(name) else {
      Issue.record("\(name) is taken for valid")
      return
    }
    let base = Fixtures.directory.path()
    let found = failure.description.replacing(base, with: "DIRECTORY/") + "\n"
    let golden = Fixtures.directory.appending(path: name.replacing(".yml", with: ".txt"))
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try found.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: golden, encoding: .utf8) == found)
  }

  @Test(arguments: Fixtures.invalid)
  func problemsComeInOrderAndShowNoSecret(name: String) throws {
    guard case .failure(let failure) = try Fixtures.parse(name) else { return }
    let places = failure.problems.map { [$0.line, $0.column] }
    #expect(places == places.sorted { $0.lexicographicallyPrecedes($1) })
    for secret in ["hunter2", "t0ken", "omni:omni", "pa:ss"] {
      #expect(!failure.description.contains(secret))
    }
  }
}
