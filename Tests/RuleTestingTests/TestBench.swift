import ConfigFile
import Foundation
import RuleTesting
import TestSupport

/// Rules and their tests as files of a directory of their own.
struct TestBench {
  let scratch: Scratch
  let path: String

  /// The test file may name `rules.yml`.
  init(rules: String = "", _ tests: String) throws {
    scratch = try Scratch()
    try scratch.write("rules.yml", rules)
    path = try scratch.write("tests.yml", tests).path
  }

  func outcome(_ options: RuleTestOptions = RuleTestOptions()) throws -> RuleTestOutcome {
    try RuleTestOutcome(path: path, options)
  }

  func failures(_ options: RuleTestOptions = RuleTestOptions()) throws -> [String] {
    try outcome(options).failures
  }

  /// What is wrong with the file, without the directory.
  func problems() -> [String] {
    do throws(ConfigProblems) {
      _ = try RuleTests.load(path: path)
      return []
    } catch {
      let directory = scratch.directory.path + "/"
      return error.problems.map { $0.description.replacing(directory, with: "") }
    }
  }
}

extension RuleTestOutcome {
  /// What `breakwater test rules` makes of a file.
  init(path: String, _ options: RuleTestOptions = RuleTestOptions()) throws {
    let tests = try RuleTests.load(path: path)
    self.init(file: path, running: tests.file, options: options, over: tests.groups)
  }
}

extension RuleTestOptions {
  static func only(_ names: String...) throws -> Self {
    var options = RuleTestOptions()
    options.names = try names.map { try RuleTestOptions.name(containing: $0) }
    return options
  }
}
