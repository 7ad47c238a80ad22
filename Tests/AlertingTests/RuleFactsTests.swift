import Alerting
import PromQL
import Signals
import Testing

/// What can be told of rules before they are evaluated.
struct RuleFactsTests {
  private func group(
    _ rules: [(name: String, expression: String)], offset: Duration = .zero
  ) throws -> RuleGroup {
    let all = try rules.map { name, text in
      Rule(name: name, expression: try Expression(parsing: text), labels: [], kind: .recording)
    }
    return RuleGroup(
      file: "a.yml", name: "g", interval: .seconds(15), queryOffset: offset, rules: all)
  }

  @Test(arguments: [
    ("1", 0), ("\"text\"", 0), ("vector(1)", 0), ("x", 300), ("x offset 1m", 360),
    ("x offset -1m", 240), ("x offset -1h", 0), ("rate(x[1h])", 3600),
    ("rate(x[1h] offset 30m)", 5400), ("x + rate(y[1m])", 300), ("sum(rate(x[10m])) by (a)", 600),
    ("topk(scalar(x), y offset 1m)", 360), ("-x", 300), ("(x)", 300),
    ("max_over_time(rate(x[5m])[1h:1m])", 3900), ("avg_over_time(x[1h:] offset 1h)", 7500),
    ("avg_over_time(avg_over_time(x[1h:])[1d:])", 90_300), ("x @ 0", 0),
    ("rate(x[1h] @ 0)", 0), ("avg_over_time(x[1h:] @ 0)", 0),
    ("avg_over_time(rate(x[5m] @ end())[1h:])", 300), ("x @ start() offset 2h", 7500),
    ("avg_over_time(x[1h:]) or y @ 5", 3900), ("rate(x[290y:] offset 290y)", nil),
  ])
  func expressionsReachBack(text: String, seconds: Int?) throws {
    let reach = try Expression(parsing: text).reach()
    if let seconds {
      #expect(reach == .seconds(seconds))
    } else {
      #expect(reach > .seconds(Int64(290) * 365 * 86_400))
    }
  }

  @Test func theFurthestRuleIsTheFirstOfEquals() throws {
    let groups = [
      try group([("a", "x"), ("b", "rate(x[1h])")]),
      try group([("c", "rate(x[1h])"), ("d", "x")], offset: .seconds(0)),
    ]
    #expect(groups.reach == .seconds(3600))
    #expect(groups.furthest?.rule.name == "b")
    #expect([RuleGroup]().reach == .zero)
    let late = try group([("c", "rate(x[1h])")], offset: .seconds(60))
    #expect((groups + [late]).reach == .seconds(3660))
    #expect((groups + [late]).furthest?.rule.name == "c")
  }

  @Test func selectorsComeInTheOrderWritten() throws {
    let text =
      "sum by (a) (x) / on (a) (rate(y[5m]) + -z) or label_replace(w, \"a\", \"\", \"\", \"\")"
    let names = try Expression(parsing: text).selectorUses.map(\.selector.name)
    #expect(names == ["x", "y", "z", "w"])
  }

  @Test(arguments: [
    ("up", nil), ("upp", "metric upp"), ("{__name__=\"up\"}", nil),
    ("{__name__=\"upp\"}", "metric upp"), ("{__name__=~\"upp\"}", nil), ("{a=\"b\"}", nil),
    ("up{state=\"on\"}", nil), ("up{state=\"onn\"}", "up state=\"onn\""),
    ("up{state=~\"o.\"}", nil), ("up{state=~\"x.\"}", "up state=~\"x.\""),
    ("up{state!=\"on\"}", nil), ("up{state!~\"on|off\"}", "up state!~\"on|off\""),
    ("up{state=\"\"}", "up state=\"\""), ("up{other=\"x\"}", nil), ("absent(upp)", "metric upp"),
    ("absent_over_time(upp[5m])", "metric upp"), ("recorded", nil),
    ("ALERTS{alertstate=\"fired\"}", "ALERTS alertstate=\"fired\""), ("ALERTS_FOR_STATE", nil),
  ])
  func selectorsWithoutSeriesAreFound(text: String, expected: String?) throws {
    var known = KnownSeries()
    known.add("up", closed: ["state": ["on", "off"]])
    let groups = [try group([("recorded", text)])]
    known.add(writtenBy: groups)
    let found = groups.selectorsWithoutSeries(among: known).map { selector in
      switch selector.reason {
      case .metric(let name): "metric \(name)"
      case .value(let metric, let matcher, _): "\(metric) \(matcher)"
      }
    }
    #expect(found == (expected.map { [$0] } ?? []))
    #expect(groups.selectorsWithoutSeries(among: known, atMost: 0).isEmpty)
  }

  @Test func duplicatesAreRulesOfOneNameAndOneSetOfLabels() throws {
    var first = try group([("b", "1"), ("a", "1"), ("b", "2"), ("c", "1"), ("b", "1")])
    first.rules[3].labels = [Label(name: "x", value: "1")]
    var second = try group([("c", "1"), ("a", "5"), ("c", "1")])
    second.rules[0].labels = [Label(name: "x", value: "1")]
    let found = [first, second].duplicates
    #expect(found.map(\.name) == ["a", "b", "c"])
    #expect(found.last?.labels == [Label(name: "x", value: "1")])
    #expect([first].duplicates.map(\.name) == ["b"])
  }
}
