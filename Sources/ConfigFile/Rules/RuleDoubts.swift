package import Alerting
import PromQL

extension RuleFile {
  /// Warnings about selectors that no series can ever match, file by file. `known` is what the
  /// agent writes itself; what the rules of all `files` write is added.
  package static func selectorsWithoutSeries(
    in files: [RuleFile], among known: KnownSeries
  ) -> [[ConfigProblem]] {
    var all = known
    all.add(writtenBy: files.flatMap(\.groups))
    let words = Array(known.metrics.keys.sorted() + all.recorded.prefix(1000))
    return files.map { file in
      file.groups.selectorsWithoutSeries(among: all).map { file.problem($0, words) }
    }
  }

  private func problem(_ selector: EmptySelector, _ metrics: [String]) -> ConfigProblem {
    let group = groups[selector.group]
    let rule = group.rules[selector.rule]
    let expression = places[selector.group][selector.rule]
    let place = expression.place(ofByte: selector.range.lowerBound)
    var problem = ConfigProblem(
      file: file, line: place.line, column: place.column,
      path: "group \(group.name.shown), rule \(selector.rule + 1), \(rule.name.shown)",
      message: "")
    switch selector.reason {
    case .metric(let name):
      problem.message = "metric \(name.shown) is never there"
      problem.nearest = Nearest.word(to: name, among: metrics)
    case .value(let metric, let matcher, let values):
      problem.message = "metric \(metric.shown) never has \(matcher)"
      if matcher.op == .equal && matcher.label != "le" {
        problem.nearest = Nearest.word(to: matcher.value, among: Array(values.prefix(1000)))
      }
    }
    return problem
  }
}
