import Notifications
import PromQL
import Signals
import Testing

@Suite struct Decisions {
  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    /// `nil`: no entry; else `firing|resolved`, an alert a letter.
    var log: String?
    var firing: String
    var resolved: String
    var decision: NotifyDecision
    var sendResolved = true
    /// Since the log's entry.
    var hours = 1
    var isWaiting = false

    var testDescription: String { what }
  }

  static let cases = [
    Case(
      what: "nobody knows, something fires", log: nil, firing: "a", resolved: "",
      decision: .send(.firstNotification)),
    Case(
      what: "nobody knows, all has ended", log: nil, firing: "", resolved: "a",
      decision: .silent(.nothingFires)),
    Case(
      what: "one more fires", log: "a|", firing: "ab", resolved: "",
      decision: .send(.newAlertsAdded)),
    Case(
      what: "one more fires, one has ended", log: "a|", firing: "b", resolved: "a",
      decision: .send(.newAlertsAdded)),
    Case(
      what: "it fires again after its end was told", log: "|a", firing: "a", resolved: "",
      decision: .send(.newAlertsAdded)),
    Case(
      what: "all have ended", log: "ab|", firing: "", resolved: "ab",
      decision: .send(.allAlertsResolved)),
    Case(
      what: "all have ended, not wanted", log: "ab|", firing: "", resolved: "ab",
      decision: .silent(.resolvedNotWanted), sendResolved: false),
    Case(
      what: "what fired and ended was never told", log: "|a", firing: "", resolved: "b",
      decision: .silent(.nothingFires)),
    Case(
      what: "a told alert is not heard of, another came and went", log: "a|", firing: "",
      resolved: "b", decision: .silent(.nothingFires)),
    Case(
      what: "some have ended", log: "ab|", firing: "a", resolved: "b",
      decision: .send(.someAlertsResolved)),
    Case(
      what: "some have ended, not wanted", log: "ab|", firing: "a", resolved: "b",
      decision: .silent(.alreadyTold), sendResolved: false),
    Case(
      what: "their end is told already", log: "a|b", firing: "a", resolved: "b",
      decision: .silent(.alreadyTold)),
    Case(
      what: "nothing new", log: "ab|", firing: "ab", resolved: "",
      decision: .silent(.alreadyTold)),
    Case(
      what: "nothing new for long", log: "ab|", firing: "ab", resolved: "",
      decision: .send(.repeatIntervalElapsed), hours: 4),
    Case(
      what: "nothing new for long, not delivered", log: "ab|", firing: "ab", resolved: "",
      decision: .silent(.notDelivered), hours: 4, isWaiting: true),
    Case(
      what: "news does not wait for delivery", log: "a|", firing: "ab", resolved: "",
      decision: .send(.newAlertsAdded), isWaiting: true),
    Case(
      what: "the clock was set back", log: "a|", firing: "a", resolved: "",
      decision: .send(.repeatIntervalElapsed), hours: -1),
    Case(
      what: "told long ago, ended now", log: "a|", firing: "", resolved: "a",
      decision: .send(.allAlertsResolved), hours: 100),
  ]

  @Test(arguments: cases) func `send or not, and why`(the: Case) {
    var flush = Flush()
    flush.firing = fingerprints(the.firing)
    flush.resolved = fingerprints(the.resolved)
    flush.sendResolved = the.sendResolved
    flush.isWaiting = the.isWaiting
    let wall = Timestamp(milliseconds: 1_800_000_000_000)
    flush.told = the.log.map { log in
      let parts = log.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      let at = wall.advanced(by: .seconds(-3600 * the.hours))
      return Told(firing: alerts(parts[0]), resolved: alerts(parts[1]), at: at)
    }
    #expect(flush.decision(at: wall) == the.decision)
  }

  private func alerts(_ letters: String) -> [ToldAlert] {
    letters.map {
      ToldAlert(labels: ["mcp": String($0)], startsAt: Timestamp(milliseconds: 0))
    }
  }

  private func fingerprints(_ letters: String) -> Set<UInt64> {
    Set(alerts(letters).map(\.fingerprint))
  }
}
