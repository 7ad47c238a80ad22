package import Alerting
package import RuleTesting

/// A file of rule tests, and the rules that it tests.
package struct RuleTests: Sendable {
  /// Larger files are refused unread.
  package static let sizeLimit = 8 << 20
  private static let filesLimit = 1000

  package var file: RuleTestFile
  /// Of all rule files, each file once.
  package private(set) var groups: [RuleGroup] = []
  /// Of patterns and names that no file has, a line each.
  package private(set) var warnings: [String] = []

  /// Reads and checks a file and the rule files that it names. Blocks on the disk.
  ///
  /// As promtool does it, a pattern or a name that no file has is a warning, and without any test
  /// the rules are not looked at.
  ///
  /// - Throws: everything that is wrong, each with file, line and column.
  package static func load(
    path: String, ignoresUnknownFields: Bool = false
  ) throws(ConfigProblems) -> RuleTests {
    let findings = Findings(file: path)
    var tests = RuleTests(file: RuleTestFile())
    do throws(BoundedFile.Failure) {
      let text = try BoundedFile.text(at: path, limit: sizeLimit)
      tests.file = read(text, findings, ignoresUnknownFields)
      let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      tests.loadRules(from: directory, findings, ignoresUnknownFields)
    } catch {
      findings.report(error.reason, at: error.place)
    }
    _ = try findings.checkedWarnings()
    return tests
  }

  /// Checks a text, without the rule files that it names.
  ///
  /// - Throws: everything that is wrong, each with line and column.
  package static func parse(
    text: String, file: String, ignoresUnknownFields: Bool = false
  ) throws(ConfigProblems) -> RuleTestFile {
    let findings = Findings(file: file)
    let tests = read(text, findings, ignoresUnknownFields)
    _ = try findings.checkedWarnings()
    return tests
  }

  private static func read(
    _ text: String, _ findings: Findings, _ ignoresUnknownFields: Bool
  ) -> RuleTestFile {
    do throws(YAMLSyntaxError) {
      var composer = TreeComposer(text, findings: findings, sharesValues: true)
      let reader = RuleTestsReader(
        findings: findings, ignoresUnknownFields: ignoresUnknownFields)
      return try composer.compose().map(reader.read) ?? RuleTestFile()
    } catch {
      findings.report("not YAML: \(error.meaning(in: text))", at: error.place)
      return RuleTestFile()
    }
  }

  private mutating func loadRules(
    from directory: String, _ findings: Findings, _ ignoresUnknownFields: Bool
  ) {
    if file.tests.isEmpty || findings.hasProblems { return }
    let paths = paths(from: directory, findings)
    guard paths.count <= Self.filesLimit else {
      return findings.report(
        "rule_files: \(paths.count) files, and at most \(Self.filesLimit) are read", at: Place())
    }
    var options = RuleFile.Options()
    options.interval = file.evaluationInterval
    options.ignoresUnknownFields = ignoresUnknownFields
    for path in paths {
      do throws(ConfigProblems) {
        let rules = try RuleFile.load(path: path, options: options)
        options.rulesLimit -= rules.rulesCount
        groups += rules.groups
      } catch {
        findings.add(problems: error.problems)
      }
    }
  }

  /// The rule files, each once.
  private mutating func paths(from directory: String, _ findings: Findings) -> [String] {
    var paths: [String] = []
    var known: Set<String> = []
    for pattern in file.ruleFiles {
      let isRelative = !pattern.hasPrefix("/") && !pattern.isEmpty
      let whole = ConfigFile.cleaned(isRelative ? Glob.escaped(directory) + pattern : pattern)
      guard Glob.isWellFormed(whole) else {
        findings.report("rule_files: \(pattern.shown): syntax error in pattern", at: Place())
        continue
      }
      let found = Glob.paths(matching: whole)
      if found.isEmpty { warnings.append("no file match pattern \(whole)") }
      for path in found where known.insert(path).inserted { paths.append(path) }
    }
    return paths
  }
}
