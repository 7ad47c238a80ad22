import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct Inhibition {
  /// Critical ones hold warnings of the same MCP.
  static let rule = InhibitRule(
    sources: [Matcher("severity", equals: "critical")],
    targets: [Matcher("severity", equals: "warning")], equal: ["mcp"])

  @Test func anAlertHoldsThoseThatAgreeInAllLabelsOfEqual() {
    var inhibitor = Inhibitor([Self.rule])
    inhibitor.note(["severity": "critical", "mcp": "a"], fingerprint: 1, fires: true)
    #expect(inhibitor.inhibitors(of: ["severity": "warning", "mcp": "a"]) == [1])
    #expect(inhibitor.inhibitors(of: ["severity": "warning", "mcp": "b"]) == [])
    #expect(inhibitor.inhibitors(of: ["severity": "info", "mcp": "a"]) == [])
    inhibitor.note(["severity": "critical", "mcp": "a"], fingerprint: 1, fires: false)
    #expect(inhibitor.inhibitors(of: ["severity": "warning", "mcp": "a"]) == [])
  }

  @Test func aLabelThatBothLackCountsAsEqual() {
    var inhibitor = Inhibitor([Self.rule])
    inhibitor.note(["severity": "critical"], fingerprint: 1, fires: true)
    #expect(inhibitor.inhibitors(of: ["severity": "warning"]) == [1])
    #expect(inhibitor.inhibitors(of: ["severity": "warning", "mcp": "a"]) == [])
  }

  @Test func whatBothSidesPickIsHeldByWhatTheSourcesAlonePick() {
    let rule = InhibitRule(
      sources: [Matcher("source", equals: "yes")], targets: [Matcher("target", equals: "yes")])
    var inhibitor = Inhibitor([rule])
    let both: LabelSet = ["source": "yes", "target": "yes"]
    inhibitor.note(both, fingerprint: 1, fires: true)
    #expect(inhibitor.inhibitors(of: both) == [], "not by itself")
    #expect(inhibitor.inhibitors(of: ["target": "yes"]) == [1])
    inhibitor.note(["source": "yes"], fingerprint: 2, fires: true)
    #expect(inhibitor.inhibitors(of: both) == [2])
    #expect(inhibitor.inhibitors(of: ["target": "yes"]) == [1])
  }

  @Test func otherRulesHoldOverTheAlertsThatFire() {
    var inhibitor = Inhibitor()
    inhibitor.note(["severity": "critical"], fingerprint: 1, fires: true)
    #expect(inhibitor.inhibitors(of: ["severity": "warning"]) == [])
    inhibitor.rebuild(for: [Self.rule])
    #expect(inhibitor.inhibitors(of: ["severity": "warning"]) == [1])
    inhibitor.rebuild(for: [])
    #expect(inhibitor.inhibitors(of: ["severity": "warning"]) == [])
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func itAnswersAsOneThatLooksAtEveryAlert(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var rules = try random.inhibitRules()
    var inhibitor = Inhibitor(rules)
    var firing: [UInt64: LabelSet] = [:]
    for _ in 0..<400 {
      let alert = random.alert()
      let fires = Bool.random(using: &random)
      inhibitor.note(alert, fingerprint: alert.alertFingerprint, fires: fires)
      firing[alert.alertFingerprint] = fires ? alert : nil
      if Int.random(in: 0..<100, using: &random) == 0 {
        rules = try random.inhibitRules()
        inhibitor.rebuild(for: rules)
      }
      let asked = random.alert()
      let expected = rules.compactMap { Self.smallest($0, holding: asked, among: firing) }
      #expect(inhibitor.inhibitors(of: asked) == Set(expected).sorted())
    }
  }

  private static func smallest(
    _ rule: InhibitRule, holding target: LabelSet, among firing: [UInt64: LabelSet]
  ) -> UInt64? {
    guard rule.targets.match(target) else { return nil }
    return firing.filter { _, source in
      rule.sources.match(source)
        && rule.equal.allSatisfy { (source[$0] ?? "") == (target[$0] ?? "") }
        && !(rule.sources.match(target) && rule.targets.match(source))
    }.keys.min()
  }

  @Test func whatAnAnswerCostsDoesNotGrowWithTheAlerts() {
    func time(alerts: Int) -> Duration {
      var inhibitor = Inhibitor([Self.rule])
      for number in 0..<alerts {
        let alert: LabelSet = ["severity": "critical", "mcp": "a", "n": "\(number)"]
        inhibitor.note(alert, fingerprint: UInt64(number), fires: true)
      }
      return ContinuousClock().measure {
        for _ in 0..<2000 {
          #expect(inhibitor.inhibitors(of: ["severity": "warning", "mcp": "a"]) == [0])
        }
      }
    }
    let small = time(alerts: 10)
    #expect(time(alerts: 50_000) < small * 100 + .milliseconds(500))
  }
}

extension SeededRandom {
  fileprivate mutating func alert() -> LabelSet {
    LabelSet(
      ["alertname", "mcp", "severity", "site"].map {
        Label(name: $0, value: pick(["", "a", "b", "c"]))
      })
  }

  fileprivate mutating func inhibitRules() throws -> [InhibitRule] {
    try (0..<Int.random(in: 0...4, using: &self)).map { _ in
      InhibitRule(
        sources: try matchers(), targets: try matchers(),
        equal: ["mcp", "site", "none"].filter { _ in Bool.random(using: &self) })
    }
  }

  private mutating func matchers() throws -> [Matcher] {
    try (0..<Int.random(in: 1...2, using: &self)).map { _ in
      try Matcher(
        pick(["alertname", "mcp", "severity"]), pick(Matcher.Operator.allCases),
        pick(["", "a", "b", "a|b", ".*", ".+"]))
    }
  }
}
