import Agent
import Alerting
import Signals

extension ConfigFile {
  private static let patternsLimit = 1000
  private static let filesLimit = 1000

  /// The groups of all files that `rule_files` names: all or none.
  static func readRuleFiles(_ value: Value?, _ global: GlobalSettings) -> [RuleGroup] {
    guard let value, let patterns = value.items(atMost: patternsLimit) else { return [] }
    var paths: [String] = []
    var known: Set<String> = []
    for pattern in patterns {
      for path in Self.paths(named: pattern) where known.insert(path).inserted {
        paths.append(path)
      }
    }
    guard paths.count <= filesLimit else {
      value.report("names \(paths.count) files, and at most \(filesLimit) are read")
      return []
    }
    let findings = value.context.findings
    var options = RuleFile.Options()
    (options.interval, options.queryOffset) = (global.evaluationInterval, global.ruleQueryOffset)
    var files: [RuleFile] = []
    for path in paths {
      do throws(ConfigProblems) {
        let file = try RuleFile.load(path: path, options: options)
        options.rulesLimit -= file.rulesCount
        files.append(file)
      } catch {
        findings.add(problems: error.problems)
      }
    }
    let doubts = RuleFile.selectorsWithoutSeries(in: files, among: MetricCatalogue.known)
    for (file, doubts) in zip(files, doubts) { findings.add(warnings: file.warnings + doubts) }
    return files.flatMap(\.groups)
  }

  /// The files of an entry. As with Prometheus, a pattern may match none, a name may not.
  static func paths(named value: Value) -> [String] {
    value.takes(.described("a path, or a pattern with `*`, `?` or `[a-z]`"))
    guard let text = value.text() else { return [] }
    let path = cleaned(value.context.resolve(text))
    guard Glob.isPattern(text) else {
      if BoundedFile.exists(path) { return [path] }
      value.report("\(text.shown) does not point to an existing file")
      return []
    }
    guard Glob.isWellFormed(text) else {
      value.report("\(text.shown): syntax error in pattern")
      return []
    }
    let directory = text.hasPrefix("/") ? "" : value.context.resolve("")
    return Glob.paths(matching: cleaned(Glob.escaped(directory) + text))
  }

  /// Without `./` and doubled slashes, so that a file has one name.
  static func cleaned(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// Samples must be kept for as long as every rule looks back.
  static func checkRetention(_ value: Value, _ kept: Duration, _ rules: [RuleGroup]) {
    guard let (group, rule, reach) = rules.furthest, reach > kept else { return }
    value.report(
      "shorter than the \(reach.prometheusText) that rule \(rule.name.shown) of group "
        + "\(group.name.shown) in \(group.file) looks back")
  }
}
