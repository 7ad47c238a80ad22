import Alerting
import PromQL
import Signals
import Testing

/// Evaluations besides the slots.
struct AtOnceTests {
  private func iterations(
    _ expression: String, changed: Set<String>?
  ) throws -> UInt64 {
    var driver = RuleDriver(RuleGroup("g", try .record("y", expression)))
    driver.turnAtOnce(changed, at: -0.5)
    #expect(driver.figures[0].atOnce == driver.figures[0].iterations)
    return driver.figures[0].iterations
  }

  @Test(arguments: [
    ("x", true), ("sum(rate(x[5m]))", true), ("z or x", true), ("z", false), ("1", false),
    ("{__name__=\"x\"}", true), ("{__name__=\"z\"}", false), ("{__name__=~\"z|x\"}", true),
    ("{__name__=~\"z|w\"}", false), ("{__name__=~\"x.*\"}", true), ("{__name__=~\"z.*\"}", true),
    ("{i=\"a\"}", true), ("{__name__!=\"x\",i=\"a\"}", true), ("absent(x)", true),
    ("z unless on () max_over_time(x[5m:1m])", true), ("xx", false), ("time()", false),
  ])
  func onlyGroupsThatReadTheMetricAreEvaluated(expression: String, expected: Bool) throws {
    #expect(try iterations(expression, changed: ["x"]) == (expected ? 1 : 0))
    #expect(try iterations(expression, changed: []) == 0)
    #expect(try iterations(expression, changed: nil) == 1)
  }

  @Test func groupsThatReadWhatSuchAGroupWritesFollow() throws {
    var driver = RuleDriver(
      RuleGroup("a", try .record("y", "x")), RuleGroup("b", try .alert("B", "y == 1")),
      RuleGroup("c", try .record("alerting", "count(ALERTS{alertstate=\"firing\"})")),
      RuleGroup("d", try .record("since", "ALERTS_FOR_STATE")),
      RuleGroup("e", try .record("other", "z")))
    driver.set("a", 1, at: -2)
    driver.turnAtOnce(["x"], at: -1)
    #expect(driver.figures.map(\.iterations) == [1, 1, 1, 1, 0])
    #expect(driver.told == ["-1 +B/a"])
    #expect(try driver.value("alerting", at: -1) == 1)
    #expect(try driver.value("since", at: -1) == Double(driver.time(-1).milliseconds / 1000))
  }

  @Test func aGroupThatHasJustBeenEvaluatedIsNotAgainButWhatReadsItIs() throws {
    let first = RuleGroup("a", try .record("y", "x"))
    let second = RuleGroup("b", interval: .seconds(3600), try .alert("B", "y == 1"))
    var driver = RuleDriver(first, second)
    driver.set("a", 1, at: -0.2)
    driver.turn(at: 0)
    driver.turnAtOnce(["x"], at: -0.2)
    #expect(driver.figures.map(\.iterations) == [1, 1])
    #expect(driver.shown == ["B/a firing"])
    // In the next turn it counts again.
    driver.turn(at: 1)
    driver.turnAtOnce(["x"], at: 1)
    #expect(driver.figures.map(\.iterations) == [2, 2])
  }

  @Test func aChangeAfterTheSlotIsEvaluatedThoughTheSlotWasInTheSameTurn() throws {
    var driver = RuleDriver(RuleGroup("a", try .alert("A", "x == 1")))
    driver.set("a", 1, at: 0.4)
    driver.turn(at: 0.5)
    driver.turnAtOnce(["x"], at: 0.4)
    #expect(driver.figures[0].iterations == 2)
    #expect(driver.shown == ["A/a firing"])
  }

  @Test func timesOfAGroupOnlyGrow() throws {
    var driver = RuleDriver(RuleGroup("a", try .record("y", "x")))
    driver.turnAtOnce(["x"], at: 5)
    driver.turnAtOnce(["x"], at: 5)
    #expect(driver.seconds(driver.rules.statuses[0].lastEvaluation) == 5.001)
    driver.turnAtOnce(["x"], at: 4.5)
    #expect(driver.seconds(driver.rules.statuses[0].lastEvaluation) == 5.002)
    driver.turnAtOnce(["x"], at: 3)
    #expect(driver.figures[0].iterations == 3)
    // A slot that is no news any more.
    driver.turn(at: 5.5)
    #expect(driver.figures[0].iterations == 3)
    #expect(driver.seconds(driver.rules.due) == 60)
  }

  /// What moved before the clock was set back is evaluated, and stops nothing.
  @Test func aClockThatIsSetBackStopsNoGroup() throws {
    var driver = RuleDriver(RuleGroup("a", try .record("y", "x")))
    driver.turn(at: 3600)
    driver.turn(at: 70)
    driver.turnAtOnce(["x"], at: 3600.5)
    #expect(driver.figures[0].iterations == 2)
    for minute in 2...5 { driver.turn(at: Double(minute) * 60) }
    #expect(driver.figures[0].iterations >= 5)
    #expect(driver.seconds(driver.rules.statuses[0].lastEvaluation) == 300)
  }
}
