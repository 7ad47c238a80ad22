import Alerting
import PromQL
import Signals
import Testing

/// A rule that the agent has crashed over is not evaluated.
struct QuarantineTests {
  private let reason = "quarantined: in hand at 3 crashes within 5 minutes"

  /// `A` fires for `a` and `B` for it too; a crash loop follows, after which `A` is left alone.
  private func restarted(_ groups: RuleGroup...) throws -> RuleDriver {
    let before = RuleGroup("g", try .alert("A", "x == 1"), try .alert("B", "x == 1"))
    var driver = RuleDriver(before)
    for time in [-1.0, 59] { driver.set("a", 1, at: time) }
    driver.run(to: 60)
    driver.told = []
    let mark = RuleKey.marks(of: [before])[0][0]
    driver.restart(groups.isEmpty ? before : groups[0], at: 90, quarantined: [mark: reason])
    return driver
  }

  @Test func aRuleInQuarantineShowsWhyAndIsNotEvaluated() throws {
    var driver = try restarted()
    for _ in 0..<2 {
      let rules = driver.rules.statuses[0].rules
      #expect(rules.map(\.health) == (driver.told.isEmpty ? [.err, .unknown] : [.err, .ok]))
      #expect(rules.map(\.lastError) == [reason, nil])
      #expect(rules[0].lastEvaluation == nil)
      driver.run(to: 180)
    }
    #expect(driver.figures[0].evaluations == 2)
    #expect(driver.figures[0].failures == 0)
    #expect(driver.told == ["120 +B/a"])
  }

  @Test func itsAlertsStayAsTheyAre() throws {
    var driver = try restarted()
    driver.set("a", nil, at: 100)
    driver.set("b", 1, at: 100)
    driver.run(to: 180)
    #expect(driver.shown == ["A/a firing", "B/b firing"])
    #expect(driver.told == ["120 -B/a", "120 +B/b"])
    #expect(driver.journal.records.filter { $0.rule.description.contains("A{") }.count == 1)
  }

  @Test func aChangedRuleIsFreeAndKeepsItsAlerts() throws {
    var driver = try restarted()
    driver.run(to: 120)
    let same = [RuleGroup("g", try .alert("A", "x == 1"), try .alert("B", "x == 1"))]
    let moved = [
      RuleGroup("other", try .alert("A", "x == 1")), RuleGroup("g", try .alert("B", "x == 1")),
    ]
    let changed = [RuleGroup("g", try .alert("A", "x > 0"), try .alert("B", "x == 1"))]
    for (groups, health) in [(same, RuleHealth.err), (moved, .err), (changed, .unknown)] {
      driver.configure(groups, at: 130)
      #expect(driver.rules.statuses[0].rules[0].health == health)
    }
    driver.run(to: 180)
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.ok, .ok])
    #expect(driver.shown == ["A/a firing", "B/a firing"])
    driver.configure(same, at: 190)
    #expect(driver.rules.statuses[0].rules[0].health == .unknown, "once free it stays free")
  }

  @Test func aRuleThatWasChangedBeforeTheStartIsFree() throws {
    var driver = try restarted(
      RuleGroup("g", try .alert("A", "x == 1", hold: .seconds(1)), try .alert("B", "x == 1")))
    driver.run(to: 120)
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.ok, .ok])
  }

  @Test func aRecordingRuleInQuarantineWritesNothing() throws {
    let group = RuleGroup("g", try .record("y", "x"), try .record("z", "y"))
    var driver = RuleDriver(group)
    driver.set("a", 1, at: -1)
    driver.restart(group, at: -1, quarantined: [RuleKey.marks(of: [group])[0][0]: reason])
    driver.run(to: 0)
    #expect(try driver.value("y", at: 0) == nil)
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.err, .ok])
  }

  @Test func eachRuleIsInHandWhileItIsEvaluated() throws {
    let group = RuleGroup("g", try .record("y", "x"), try .alert("A", "y > 0"))
    var driver = RuleDriver(group)
    let seen = Recorder()
    driver.environment.inHand = { seen.marks.append($0) }
    driver.run(to: 0)
    let marks = RuleKey.marks(of: [group])[0]
    #expect(seen.marks == [marks[0], nil, marks[1], nil])
  }

  private final class Recorder {
    var marks: [String?] = []
  }

  @Test func aMarkNamesTheRuleAndWhatItEvaluates() throws {
    let rules = [
      try Rule.alert("A", "x == 1"), try Rule.alert("A", "x == 2"),
      try Rule.alert("A", "x == 1", hold: .seconds(1)),
      try Rule.alert("A", "x == 1", keep: .seconds(1)),
      try Rule.alert("A", "x == 1", annotations: ["summary": "{{ $value }}"]),
      try Rule.alert("A", "x == 1", labels: ["team": "a"]), try Rule.record("A", "x == 1"),
    ]
    let marks = rules.map { RuleKey.marks(of: [RuleGroup("g", $0)])[0][0] }
    #expect(Set(marks).count == rules.count)
    #expect(marks[0].hasPrefix("alert A{} @"))
    #expect(marks[0] == RuleKey.marks(of: [RuleGroup("other", try .alert("A", "x == 1"))])[0][0])
    // The second of two alike is another one.
    let twins = RuleKey.marks(of: [RuleGroup("g", rules[0], rules[0])])[0]
    #expect(twins[0] == marks[0])
    #expect(twins[1] != marks[0])
  }

  @Test func aLongMarkIsCutBetweenCharacters() throws {
    let names = [String(repeating: "ä", count: 200), String(repeating: "ä", count: 201)]
    let marks = try names.map { RuleKey.marks(of: [RuleGroup("g", try .alert($0, "x"))])[0][0] }
    #expect(marks[0] != marks[1])
    for mark in marks {
      #expect(mark.utf8.count <= 180)
      #expect(mark.hasPrefix("alert ää"))
      #expect(!mark.contains("\u{FFFD}"))
    }
  }
}
