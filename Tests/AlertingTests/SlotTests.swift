import Alerting
import Notifications
import PromQL
import Signals
import Testing

/// When groups are evaluated.
struct SlotTests {
  private func group(_ name: String = "g", _ interval: Double = 60) throws -> RuleGroup {
    RuleGroup(name, interval: .seconds(interval), try .record("y", "x"))
  }

  @Test func slotsAreAnIntervalApartWhateverTheRestart() {
    let slots = GroupSlots(group: "a;b", interval: .seconds(60))
    #expect((0..<60_000).contains(slots.shift))
    let first = slots.next(after: Timestamp(seconds: 1_800_000_000))
    for offset in [0, 1, 59_999] as [Int64] {
      let time = Timestamp(milliseconds: first.milliseconds + offset)
      #expect(slots.last(at: time) == first)
      #expect(slots.next(after: time).milliseconds == first.milliseconds + 60_000)
    }
    #expect(slots == GroupSlots(group: "a;b", interval: .seconds(60)))
    #expect(first.milliseconds % 60_000 == slots.shift)
  }

  @Test func groupsAreSpreadOverTheInterval() {
    let shifts = (0..<300).map { GroupSlots(group: "f;\($0)", interval: .seconds(60)).shift }
    for part in 0..<6 {
      let count = shifts.count { $0 / 10_000 == part }
      #expect((20...90).contains(count), "\(count) of 300 in part \(part)")
    }
  }

  @Test(arguments: [Int64.min, -1, 0, 1, Int64.max])
  func slotsOfAnyTimeAreNearIt(milliseconds: Int64) {
    let time = Timestamp(milliseconds: milliseconds)
    for interval in [Duration.zero, .milliseconds(1), .seconds(60), .seconds(9_000_000_000)] {
      let slots = GroupSlots(group: "g", interval: interval)
      #expect(slots.last(at: time) <= time)
      #expect(slots.next(after: time) >= time)
    }
  }

  @Test func aGroupIsEvaluatedAsOfItsSlotOnceASlot() throws {
    var driver = RuleDriver(try group())
    driver.set("a", 7, at: -1)
    driver.turn(at: -0.001)
    #expect(driver.figures[0].iterations == 0)
    driver.turn(at: 0.7)
    driver.turn(at: 59.9)
    #expect(driver.figures[0].iterations == 1)
    #expect(driver.seconds(driver.rules.statuses[0].lastEvaluation) == 0)
    #expect(driver.seconds(driver.rules.due) == 60)
    driver.turn(at: 60)
    #expect(driver.figures[0].iterations == 2)
    #expect(driver.figures[0].missed == 0)
    #expect(try driver.value("y", at: 0) == 7)
  }

  @Test func missedSlotsAreCountedAndNeverCaughtUp() throws {
    var driver = RuleDriver(try group())
    driver.run(to: 60)
    driver.turn(at: 310)
    #expect(driver.figures[0].iterations == 3)
    #expect(driver.figures[0].missed == 3)
    #expect(driver.seconds(driver.rules.statuses[0].lastEvaluation) == 300)
    #expect(driver.seconds(driver.rules.due) == 360)
  }

  @Test func rulesSeeWhatThoseBeforeThemWroteAtTheSameInstant() throws {
    let rules = RuleGroup(
      "g", try .record("one", "x * 2"), try .record("two", "one + 1"),
      try .record("early", "late"), try .record("late", "x"))
    var driver = RuleDriver(rules)
    driver.set("a", 5, at: -1)
    driver.turn(at: 0)
    #expect(try driver.value("two", at: 0) == 11)
    #expect(try driver.value("early", at: 0) == nil)
    #expect(try driver.value("late", at: 0) == 5)
  }

  @Test func aClockSetForwardMissesSlots() throws {
    var driver = RuleDriver(try group())
    driver.run(to: 60)
    driver.turn(at: 3660)
    #expect(driver.figures[0].missed == 59)
    #expect(driver.figures[0].iterations == 3)
  }

  @Test func aClockSetBackALittleRepeatsNoInstant() throws {
    var driver = RuleDriver(try group())
    driver.run(to: 120)
    driver.turn(at: 119)
    #expect(driver.seconds(driver.rules.due) == 120)
    driver.turn(at: 120)
    #expect(driver.figures[0].iterations == 3)
    driver.turn(at: 180)
    #expect(driver.figures[0].iterations == 4)
  }

  @Test func aClockSetBackByAnHourStopsNoRuleAndMovesItsAlerts() throws {
    let rules = RuleGroup(
      "g", try .alert("A", "x == 1", hold: .seconds(120)),
      try .alert("P", "x == 1", hold: .seconds(600)))
    var driver = RuleDriver(rules)
    driver.set("a", 1, at: -3400)
    for minute in 0..<10 { driver.set("a", 1, at: Double(minute) * 60) }
    driver.run(to: 240)
    #expect(driver.shown == ["A/a firing", "P/a pending"])
    driver.told = []
    driver.turn(at: -3390)  // between two slots
    #expect(driver.seconds(driver.rules.due) == -3360)
    #expect(driver.journal.records.map { driver.seconds($0.alert.activeAt) } == [-3510, -3390])
    driver.run(to: -3360)
    #expect(driver.figures[0].iterations == 6)
    #expect(driver.shown == ["A/a firing", "P/a pending"])
    #expect(driver.told == ["-3360 +A/a"])
  }

  @Test func aClockSetBackOverARestartLeavesAFiringAlertFiring() throws {
    let rules = RuleGroup("g", try .alert("A", "x == 1", hold: .seconds(120)))
    var driver = RuleDriver(rules)
    for minute in -70..<10 { driver.set("a", 1, at: Double(minute) * 60) }
    driver.run(to: 240)
    driver.told = []
    driver.restart(rules, at: -3390)
    driver.run(to: -3360)
    #expect(driver.shown == ["A/a firing"])
    #expect(driver.told == ["-3360 +A/a"])
    #expect(driver.alerts.last.map { driver.seconds($0.startsAt) } == -3390)
  }
}
