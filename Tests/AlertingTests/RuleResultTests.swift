import Alerting
import Notifications
import PromQL
import Signals
import Templates
import Testing

/// What one rule makes of its query's result.
struct RuleResultTests {
  @Test func anAlertHasTheResultsLabelsAndTheRules() throws {
    let rule = try Rule.alert(
      "A", "x > 0", labels: ["severity": "page", "i": "over {{ $labels.i }}", "none": ""],
      annotations: ["summary": "{{ $labels.i }} is {{ $value }}"])
    var driver = RuleDriver(RuleGroup("g", rule))
    driver.environment.externalLabels = [
      Label(name: "site", value: "here"), Label(name: "severity", value: "unused"),
    ]
    driver.environment.externalURL = "http://agent.test/base"
    driver.set("a", 2.5, at: -1)
    driver.turn(at: 0)
    let alert = try #require(driver.alerts.first)
    #expect(
      alert.labels == [
        "alertname": "A", "i": "over a", "severity": "page", "site": "here",
      ])
    #expect(alert.annotations == [Label(name: "summary", value: "a is 2.5")])
    #expect(alert.generatorURL == "http://agent.test/base/graph?g0.expr=x+%3E+0&g0.tab=1")
    #expect(driver.seconds(alert.startsAt) == 0)
    #expect(driver.seconds(alert.endsAt) == 240)
    #expect(!alert.isResolved)
    // External labels are for those who are told, not for the series.
    let shown = try driver.values("ALERTS", at: 0)
    #expect(
      shown.map(\.labels) == [
        [
          "__name__": "ALERTS", "alertname": "A", "alertstate": "firing", "i": "over a",
          "severity": "page",
        ]
      ])
  }

  @Test func aScalarIsOneAlertWithoutLabels() throws {
    var driver = RuleDriver(RuleGroup("g", try .alert("A", "1"), try .record("y", "2")))
    driver.turn(at: 0)
    #expect(driver.told == ["0 +A"])
    #expect(try driver.values("y", at: 0).map(\.labels) == [["__name__": "y"]])
  }

  @Test func aTemplatesErrorIsItsValue() throws {
    let rule = try Rule.alert(
      "A", "x", annotations: ["summary": "{{ humanize \"no\" }}", "fine": "yes"])
    var driver = RuleDriver(RuleGroup("g", rule))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    let annotations = try #require(driver.alerts.first?.annotations)
    #expect(annotations.first == Label(name: "fine", value: "yes"))
    #expect(annotations.last?.value.hasPrefix("<error expanding template: ") == true)
    #expect(driver.rules.statuses[0].rules[0].health == .ok)
  }

  @Test func templatesAskTheSamplesAsOfTheEvaluation() throws {
    let rule = try Rule.alert(
      "A", "x", annotations: ["all": "{{ with query \"sum(x)\" }}{{ . | first | value }}{{ end }}"])
    var driver = RuleDriver(RuleGroup("g", rule))
    driver.set("a", 1, at: -1)
    driver.set("b", 2, at: -1)
    driver.set("b", 5, at: 1)
    driver.turn(at: 0.5)
    #expect(driver.alerts.map { $0.annotations.first?.value } == ["3", "3"])
  }

  @Test func alertsAreShownBySeriesThatEndWithTheirState() throws {
    let rule = try Rule.alert("A", "x == 1", hold: .seconds(60))
    var driver = RuleDriver(RuleGroup("g", rule))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    driver.set("a", 1, at: 59)
    let pending = "ALERTS{alertstate=\"pending\"}"
    let firing = "ALERTS{alertstate=\"firing\"}"
    #expect(try driver.value(pending, at: 0) == 1)
    let since = Double(driver.zero.milliseconds / 1000)
    #expect(try driver.value("ALERTS_FOR_STATE", at: 0) == since)
    driver.turn(at: 60)
    // The pending one ends at once, not after five minutes.
    #expect(try driver.value(pending, at: 60) == nil)
    #expect(try driver.value(firing, at: 60) == 1)
    #expect(try driver.value("ALERTS_FOR_STATE", at: 60) == since)
    driver.set("a", 0, at: 61)
    driver.turn(at: 120)
    #expect(try driver.value("ALERTS", at: 120) == nil)
    #expect(try driver.value("ALERTS_FOR_STATE", at: 120) == nil)
  }

  @Test func aFailingQueryKeepsTheAlertsAndWritesNothing() throws {
    let rule = try Rule.alert("A", "x > on () group_left () z")
    var driver = RuleDriver(RuleGroup("g", rule, try .record("y", "x > on () group_left () z")))
    driver.set("one", 0, of: "z", at: -1)
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    driver.set("two", 0, of: "z", at: 59)  // many to many
    driver.set("a", 0, at: 59)
    driver.turn(at: 60)
    #expect(driver.shown == ["A/a firing"])
    #expect(driver.told == ["0 +A/a"])
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.err, .err])
    let error = try #require(driver.rules.statuses[0].rules[0].lastError)
    #expect(error.contains("many-to-many"), "\(error)")
    #expect(driver.figures[0].failures == 2)
    #expect(driver.figures[0].evaluations == 4)
    #expect(try driver.value("y", at: 60) == 1)
    #expect(try driver.value("count_over_time(ALERTS[1h])", at: 60) == 1)
    driver.set("two", nil, of: "z", at: 119)
    driver.turn(at: 120)
    #expect(driver.told == ["0 +A/a", "120 -A/a"])
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.ok, .ok])
    #expect(driver.rules.statuses[0].rules[0].lastError == nil)
  }

  @Test func whatIsNoVectorFails() throws {
    var driver = RuleDriver(RuleGroup("g", try .record("y", "\"text\"")))
    driver.turn(at: 0)
    #expect(driver.rules.statuses[0].rules[0].lastError == "rule result is not a vector or scalar")
  }

  @Test func elementsThatBecomeTheSameFail() throws {
    var driver = RuleDriver(
      RuleGroup(
        "g", try .alert("A", "x", labels: ["i": "all"]),
        try .record("y", "x", labels: ["i": "all"])))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.ok, .ok])
    driver.set("b", 1, at: 1)
    driver.turn(at: 60)
    let errors = driver.rules.statuses[0].rules.map(\.lastError)
    #expect(
      errors == [
        "vector contains metrics with the same labelset after applying alert labels",
        "vector contains metrics with the same labelset after applying rule labels",
      ])
    #expect(driver.shown == ["A/all firing"])
    driver.set("b", nil, at: 61)
    driver.turn(at: 120)
    #expect(driver.rules.statuses[0].rules.map(\.health) == [.ok, .ok])
  }

  @Test func beyondTheLimitAllAlertsGoAndWhoeverWasToldHearsIt() throws {
    var driver = RuleDriver(
      RuleGroup(
        "g", limit: 2, try .alert("A", "x > 0"), try .alert("P", "x > 0", hold: .seconds(600))))
    for instance in ["a", "b"] { driver.set(instance, 1, at: -1) }
    driver.turn(at: 0)
    #expect(driver.told == ["0 +A/a", "0 +A/b"])
    #expect(driver.journal.records.count == 4)
    driver.set("c", 1, at: 1)
    driver.turn(at: 60)
    #expect(driver.told.dropFirst(2) == ["60 -A/a", "60 -A/b"])
    #expect(driver.shown == [])
    #expect(driver.journal.records == [])
    #expect(
      driver.rules.statuses[0].rules[0].lastError == "exceeded limit of 2 with 3 alerts")
    driver.set("c", nil, at: 61)
    driver.turn(at: 120)
    #expect(driver.told.dropFirst(4) == ["120 +A/a", "120 +A/b"])
    #expect(driver.alerts.last.map { driver.seconds($0.startsAt) } == 120)
  }

  @Test func resolvedAlertsDoNotCountForTheLimit() throws {
    var driver = RuleDriver(RuleGroup("g", limit: 1, try .alert("A", "x > 0")))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    driver.set("a", nil, at: 1)
    driver.set("b", 1, at: 1)
    driver.turn(at: 60)
    #expect(driver.told == ["0 +A/a", "60 -A/a", "60 +A/b"])
  }

  @Test func beyondTheLimitARecordingRuleWritesNothing() throws {
    var driver = RuleDriver(RuleGroup("g", limit: 1, try .record("y", "x")))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    driver.set("a", 2, at: 59)
    driver.set("b", 2, at: 59)
    driver.turn(at: 60)
    #expect(driver.rules.statuses[0].rules[0].lastError == "exceeded limit of 1 with 2 series")
    #expect(try driver.values("y", at: 60).map(\.sample.value) == [1])
  }

  @Test func anOffsetAsksAndWritesThatMuchEarlier() throws {
    var group = RuleGroup(
      "g", try .record("y", "x"), try .alert("A", "y == 1", hold: .seconds(60)))
    group.queryOffset = .seconds(30)
    var driver = RuleDriver(group)
    driver.set("a", 1, at: -31)
    driver.set("a", 5, at: -29)
    driver.turn(at: 0)
    #expect(try driver.value("y", at: -30) == 1)
    #expect(try driver.values("y", at: -31).isEmpty)
    // The alert's own times are those of the evaluation.
    let alert = try #require(driver.journal.records.first?.alert)
    #expect(driver.seconds(alert.activeAt) == 0)
    #expect(try driver.value("ALERTS{alertstate=\"pending\"}", at: -30) == 1)
  }

  @Test func anAlertKeepsFiringForAWhile() throws {
    let rule = try Rule.alert("A", "x == 1", keep: .seconds(120))
    var driver = RuleDriver(RuleGroup("g", rule))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    driver.set("a", 0, at: 1)
    driver.run(to: 120)
    #expect(driver.shown == ["A/a firing"])
    #expect(driver.journal.records.map { driver.seconds($0.alert.keepFiringSince) } == [60])
    driver.set("a", 1, at: 121)  // it comes back in time
    driver.run(to: 180)
    #expect(driver.journal.records.map(\.alert.keepFiringSince) == [nil])
    driver.set("a", 0, at: 181)
    driver.run(to: 300)
    #expect(driver.shown == ["A/a firing"])
    driver.run(to: 360)
    #expect(driver.shown == [])
    #expect(driver.told.last == "360 -A/a")
    #expect(!driver.told.dropLast().contains { $0.contains("-") })
  }

  @Test func aPendingAlertThatGoesIsNotTold() throws {
    var driver = RuleDriver(RuleGroup("g", try .alert("A", "x == 1", hold: .seconds(120))))
    driver.set("a", 1, at: -1)
    driver.run(to: 60)
    #expect(driver.journal.records.map(\.alert.state) == [.pending])
    driver.set("a", 0, at: 61)
    driver.run(to: 600)
    #expect(driver.told == [])
    #expect(driver.journal.records == [])
  }

  @Test func aRuleThatTakesTooLongFails() throws {
    var driver = RuleDriver(RuleGroup("g", try .alert("A", "x == 1")))
    driver.set("a", 1, at: -1)
    driver.turn(at: 0)
    var clock: Int64 = 0
    driver.environment.timeout = .seconds(10)
    driver.environment.stopwatch = {
      clock += 60_000_000_000
      return MonotonicInstant(nanoseconds: clock)
    }
    driver.turn(at: 60)
    #expect(driver.rules.statuses[0].rules[0].health == .err)
    #expect(driver.shown == ["A/a firing"])
  }
}
