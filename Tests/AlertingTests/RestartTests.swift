import Alerting
import Notifications
import PromQL
import Signals
import Testing

/// A restart from what the journal has.
struct RestartTests {
  private func driver(_ rule: Rule, minutes: Int = 120) throws -> RuleDriver {
    var driver = RuleDriver(RuleGroup("g", rule))
    for minute in 0..<minutes { driver.set("a", 1, at: Double(minute) * 60 - 1) }
    return driver
  }

  @Test func aFiringAlertGoesOnFiring() throws {
    let rule = try Rule.alert("A", "x == 1", hold: .seconds(60), keep: .seconds(120))
    var driver = try driver(rule)
    driver.run(to: 120)
    driver.alerts = []
    driver.restart(RuleGroup("g", rule), at: 1000)
    #expect(driver.shown == ["A/a firing"])
    driver.run(to: 1020)
    #expect(driver.told == ["60 +A/a", "1020 +A/a"])
    #expect(driver.alerts.map { driver.seconds($0.startsAt) } == [60])
    #expect(driver.journal.records.map { driver.seconds($0.alert.activeAt) } == [0])
  }

  @Test func aFiringAlertThatEndedMeanwhileIsToldAsResolved() throws {
    let rule = try Rule.alert("A", "x == 1")
    var driver = try driver(rule, minutes: 2)
    driver.run(to: 60)
    driver.restart(RuleGroup("g", rule), at: 1000)
    driver.run(to: 1020)
    #expect(driver.told == ["0 +A/a", "1020 -A/a"])
  }

  @Test func anAlertKeptFiringIsKeptOnlyAsLongAsBefore() throws {
    let rule = try Rule.alert("A", "x == 1", keep: .seconds(600))
    var driver = try driver(rule, minutes: 1)
    driver.set("a", nil, at: 30)
    driver.run(to: 120)
    driver.restart(RuleGroup("g", rule), at: 130)
    driver.run(to: 600)
    #expect(driver.shown == ["A/a firing"])
    driver.run(to: 660)
    #expect(driver.told.last == "660 -A/a")
  }

  @Test func aResolvedAlertIsToldForTheRestOfItsTime() throws {
    let rule = try Rule.alert("A", "x == 1")
    var driver = try driver(rule, minutes: 1)
    driver.set("a", nil, at: 30)
    driver.run(to: 60)
    driver.restart(RuleGroup("g", rule), at: 700)
    driver.told = []
    driver.run(to: 1200)
    #expect(driver.told == ["720 -A/a", "840 -A/a", "960 -A/a"])
    #expect(driver.journal.records == [])
  }

  @Test func aPendingAlertGoesOnWithoutTheTimeAway() throws {
    let rule = try Rule.alert("A", "x == 1", hold: .seconds(1800))
    var driver = try driver(rule)
    driver.run(to: 900)
    driver.restart(RuleGroup("g", rule), at: 1500)
    #expect(driver.shown == ["A/a pending"])
    // 15 minutes were pending, 10 away.
    #expect(driver.journal.records.map { driver.seconds($0.alert.activeAt) } == [600])
    driver.run(to: 2340)
    #expect(driver.told == [])
    driver.run(to: 2400)
    #expect(driver.told == ["2400 +A/a"])
  }

  @Test func twoRestartsInARowTakeNoTimeTwice() throws {
    let rule = try Rule.alert("A", "x == 1", hold: .seconds(3600))
    var driver = try driver(rule)
    driver.run(to: 900)
    driver.restart(RuleGroup("g", rule), at: 1500)
    driver.run(to: 1800)
    driver.restart(RuleGroup("g", rule), at: 1900)
    #expect(driver.journal.records.map { driver.seconds($0.alert.activeAt) } == [700])
  }

  @Test(arguments: [
    // Away for too long; a `for` that is too short to go on; one that is nearly over.
    (1800.0, 900.0, 4600.0, nil), (300, 240, 400, nil), (1800, 1740, 1800, 600 - 1800 + 1800),
  ])
  func aPendingAlertStartsOverOrHasTheGracePeriod(
    hold: Double, until: Double, restart: Double, active: Double?
  ) throws {
    let rule = try Rule.alert("A", "x == 1", hold: .seconds(hold))
    var driver = try driver(rule)
    driver.run(to: until)
    driver.restart(RuleGroup("g", rule), at: restart)
    #expect(
      driver.journal.records.map { driver.seconds($0.alert.activeAt) }
        == (active.map { [$0] } ?? []))
    driver.run(to: restart + 60)
    #expect(driver.shown == ["A/a pending"])
  }

  @Test func withoutItsSeriesAPendingAlertStartsOver() throws {
    let rule = try Rule.alert("A", "x == 1", hold: .seconds(1800))
    var driver = try driver(rule)
    driver.run(to: 900)
    driver.store = TestStore()
    driver.restart(RuleGroup("g", rule), at: 1000)
    #expect(driver.shown == [])
    #expect(driver.journal.records == [])
  }

  @Test func anAlertWhoseRuleIsGoneIsToldAsResolved() throws {
    let rule = try Rule.alert("A", "x == 1")
    var driver = try driver(rule)
    driver.run(to: 60)
    driver.restart(RuleGroup("g", try .record("y", "x")), at: 1000)
    #expect(driver.told == ["0 +A/a", "1000 -A/a"])
    #expect(driver.journal.records == [])
  }

  @Test func aResolvedAlertWhoseRuleIsGoneIsToldOnceMore() throws {
    let rule = try Rule.alert("A", "x == 1")
    var driver = try driver(rule, minutes: 1)
    driver.set("a", nil, at: 30)
    driver.run(to: 60)
    driver.restart(at: 100)
    #expect(driver.told == ["0 +A/a", "60 -A/a", "100 -A/a"])
    #expect(driver.alerts.last.map { driver.seconds($0.endsAt) } == 60)
  }

  @Test func aNameWithANULIsTheSameRuleAfterwards() throws {
    let rule = try Rule.alert("A\0b", "x == 1", labels: ["c\0": "d\0"])
    let key = RuleKey.keys(of: [RuleGroup("g", rule)])[0][0].description
    #expect(!key.utf8.contains(0))
    #expect(key.hasPrefix("alert A\u{FFFD}b{"))
    let both = RuleGroup("g", rule, try .alert("A\u{FFFD}b", "x", labels: ["c\0": "d\0"]))
    #expect(Set(RuleKey.keys(of: [both])[0]).count == 2)
  }
}
