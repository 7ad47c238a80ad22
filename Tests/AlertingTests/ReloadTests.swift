import Alerting
import Notifications
import PromQL
import Signals
import Testing

/// Another configuration while alerts are there.
struct ReloadTests {
  private func group(
    named name: String = "g", file: String = "rules.yml", _ rules: Rule...
  ) -> RuleGroup {
    RuleGroup(file: file, name: name, interval: .seconds(60), rules: rules)
  }

  private func firing() throws -> RuleDriver {
    var driver = RuleDriver(
      group(try .alert("A", "x == 1"), try .record("y", "x"), try .alert("B", "x == 1")))
    for minute in 0..<30 { driver.set("a", 1, at: Double(minute) * 60 - 1) }
    driver.run(to: 60)
    driver.told = []
    return driver
  }

  @Test func aGroupThatStayedTheSameRunsOnUntouched() throws {
    var driver = try firing()
    let same = group(
      try .alert("A", "x == 1"), try .record("y", "x"), try .alert("B", "x == 1"))
    driver.configure([group(named: "other", try .record("z", "x")), same], at: 65)
    #expect(driver.rules.statuses.map(\.figures.iterations) == [0, 2])
    #expect(driver.seconds(driver.rules.statuses[1].lastEvaluation) == 60)
    driver.turn(at: 120)
    #expect(driver.figures[1].iterations == 3)
    driver.turn(at: 180)
    #expect(driver.told == ["120 +A/a", "120 +B/a"])  // as if nothing had been: the resend delay
    #expect(driver.alerts.last.map { driver.seconds($0.startsAt) } == 0)
  }

  @Test func aChangedRuleKeepsItsAlerts() throws {
    var driver = try firing()
    driver.configure(
      [group(try .alert("A", "x > 0"), try .record("y", "x + 1"), try .alert("B", "x == 1"))],
      at: 65)
    #expect(driver.shown == ["A/a firing", "B/a firing"])
    driver.run(to: 180)
    #expect(driver.told == ["120 +A/a", "120 +B/a"])
    #expect(try driver.value("y", at: 120) == 2)
    #expect(driver.journal.records.map { driver.seconds($0.alert.firedAt) } == [0, 0])
  }

  @Test func aRuleThatMovesToAnotherGroupAndFileKeepsItsAlerts() throws {
    var driver = try firing()
    driver.configure(
      [
        group(named: "new", file: "more.yml", try .alert("B", "x == 1")),
        group(try .record("y", "x"), try .alert("A", "x == 1")),
      ], at: 65)
    #expect(driver.shown == ["B/a firing", "A/a firing"])
    driver.run(to: 130)
    #expect(!driver.told.contains { $0.contains("-") })
    #expect(Set(driver.journal.records.map { driver.seconds($0.alert.firedAt) }) == [0])
  }

  @Test func anAlertWhoseRuleIsGoneIsToldAsResolvedAndItsSeriesEnd() throws {
    var driver = try firing()
    driver.configure([group(try .alert("B", "x == 1"))], at: 65)
    #expect(driver.told == ["65 -A/a"])
    #expect(driver.alerts.last?.generatorURL == "")
    #expect(driver.journal.records.map(\.rule.description) == ["alert B{}"])
    #expect(try driver.value("y", at: 65) == nil)
    #expect(try driver.values("ALERTS", at: 65).map { $0.labels["alertname"] } == ["B"])
    driver.configure([], at: 70)
    #expect(driver.told.last == "70 -B/a")
    #expect(driver.journal.records == [])
    #expect(driver.rules.due == nil)
  }

  @Test func ofAPendingAlertWhoseRuleIsGoneNobodyHears() throws {
    var driver = RuleDriver(group(try .alert("A", "1", hold: .seconds(600))))
    driver.turn(at: 0)
    driver.configure([], at: 5)
    #expect(driver.told == [])
    #expect(driver.journal.records == [])
  }

  @Test func otherLabelsMakeAnotherRule() throws {
    var driver = try firing()
    driver.configure(
      [group(try .alert("A", "x == 1", labels: ["i": "z"]), try .alert("B", "x == 1"))], at: 65)
    driver.run(to: 120)
    #expect(driver.told == ["65 -A/a", "120 +A/z", "120 +B/a"])
  }

  @Test func rulesOfOneNameAreToldApartByTheirOrder() throws {
    let rules = try (1...2).map { try Rule.alert("A", "x == \($0)") }
    var driver = RuleDriver(RuleGroup(file: "f", name: "g", interval: .seconds(60), rules: rules))
    driver.set("a", 1, at: -1)
    driver.set("b", 2, at: -1)
    driver.turn(at: 0)
    #expect(driver.journal.records.map(\.rule.description) == ["alert A{}", "alert A{} #2"])
    driver.configure(
      [RuleGroup(file: "f", name: "g", interval: .seconds(60), rules: [rules[0]])], at: 5)
    #expect(driver.told.last == "5 -A/b")
  }

  @Test func aLongerForMakesAFiringAlertPendingAndSaysThatItEnded() throws {
    var driver = RuleDriver(group(try .alert("A", "x == 1", hold: .seconds(60))))
    for minute in 0..<20 { driver.set("a", 1, at: Double(minute) * 60 - 1) }
    driver.run(to: 120)
    driver.configure([group(try .alert("A", "x == 1", hold: .seconds(300)))], at: 125)
    driver.run(to: 180)
    #expect(driver.shown == ["A/a pending"])
    #expect(driver.told == ["60 +A/a", "180 -A/a"])
    #expect(driver.journal.records.map(\.alert.state) == [.pending])
    driver.run(to: 300)
    // It has been active all the time.
    #expect(driver.told.last == "300 +A/a")
    #expect(driver.alerts.last.map { driver.seconds($0.startsAt) } == 300)
  }

  @Test func alertsWithOtherExternalLabelsEndAndBeginAnew() throws {
    var driver = try firing()
    let groups = [
      group(try .alert("A", "x == 1"), try .record("y", "x"), try .alert("B", "x == 1"))
    ]
    driver.alerts = []
    driver.environment.externalLabels = [Label(name: "site", value: "new")]
    driver.configure(groups, at: 65)
    #expect(driver.told == ["65 -A/a", "65 -B/a"])
    #expect(driver.alerts.allSatisfy { $0.labels["site"] == nil })
    driver.run(to: 120)
    #expect(driver.told.dropFirst(2) == ["120 +A/a", "120 +B/a"])
    #expect(driver.alerts.suffix(2).allSatisfy { $0.labels["site"] == "new" })
    #expect(driver.alerts.last.map { driver.seconds($0.startsAt) } == 0)
  }

  @Test func anAlertThatIsTheSameUnderOtherExternalLabelsDoesNotEnd() throws {
    let groups = [group(try .alert("A", "x == 1", labels: ["site": "own"]))]
    var driver = RuleDriver(groups[0])
    driver.set("a", 1, at: -1)
    driver.run(to: 0)
    driver.environment.externalLabels = [Label(name: "site", value: "new")]
    driver.configure(groups, at: 5)
    #expect(driver.told == ["0 +A/a"])
  }

  @Test func anAlertThatGoesWithItsExternalLabelsEndsUnderThoseItWasToldWith() throws {
    var driver = RuleDriver()
    driver.environment.externalLabels = [Label(name: "site", value: "old")]
    driver.configure([group(try .alert("A", "1"))], at: 0)
    driver.turnAtOnce(nil, at: 1)
    driver.environment.externalLabels = [Label(name: "site", value: "new")]
    driver.configure([], at: 5)
    #expect(driver.told == ["1 +A", "5 -A"])
    #expect(driver.alerts.map { $0.labels["site"] } == ["old", "old"])
  }
}
