import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct SilencesAsAStore {
  var silences = Silences(agentID: "agent")

  static func minute(_ number: Int64) -> Timestamp { Timestamp(milliseconds: number * 60_000) }

  static func draft(
    id: String = "", _ matchers: [Matcher] = [Matcher("mcp", equals: "a")], from: Int64 = 0,
    to: Int64 = 60
  ) -> Silence {
    Silence(
      id: id, matchers: matchers, startsAt: minute(from), endsAt: minute(to), updatedAt: minute(0),
      createdBy: "ann", comment: "deploying")
  }

  private mutating func holding(_ labels: LabelSet, at now: Int64) -> [String] {
    silences.holding(labels, fingerprint: labels.alertFingerprint, at: Self.minute(now))
  }

  @Test mutating func oneHoldsWhatItPicksFromItsStartToItsEnd() throws {
    let id = try silences.set(Self.draft(from: 10, to: 20), at: Self.minute(0))
    #expect(holding(["mcp": "a"], at: 9) == [])
    #expect(holding(["mcp": "a"], at: 10) == [id])
    #expect(holding(["mcp": "b"], at: 10) == [])
    #expect(holding(["mcp": "a"], at: 19) == [id])
    #expect(holding(["mcp": "a"], at: 20) == [])
  }

  @Test mutating func aNewOneHoldsWhatWasLookedAtBefore() throws {
    #expect(holding(["mcp": "a"], at: 1) == [])
    let first = try silences.set(Self.draft(), at: Self.minute(1))
    #expect(holding(["mcp": "a"], at: 1) == [first])
    let second = try silences.set(Self.draft(), at: Self.minute(2))
    #expect(holding(["mcp": "a"], at: 2) == [first, second].sorted())
    try silences.expire(first, at: Self.minute(3))
    #expect(holding(["mcp": "a"], at: 3) == [second])
  }

  @Test mutating func theIdIsAUUIDAndFollowsFromWhatIsKnown() throws {
    let id = try silences.set(Self.draft(), at: Self.minute(1))
    let isUUID =
      try /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
      .wholeMatch(in: id) != nil
    #expect(isUUID, "\(id)")
    var again = Silences(agentID: "agent")
    #expect(try again.set(Self.draft(), at: Self.minute(1)) == id)
    var other = Silences(agentID: "another")
    #expect(try other.set(Self.draft(), at: Self.minute(1)) != id)
    #expect(try silences.set(Self.draft(), at: Self.minute(1)) != id)
  }

  @Test mutating func aStartInThePastIsNow() throws {
    let id = try silences.set(Self.draft(from: 0), at: Self.minute(5))
    #expect(silences[id]?.startsAt == Self.minute(5))
    #expect(silences[id]?.updatedAt == Self.minute(5))
  }

  struct Change: Sendable, CustomTestStringConvertible {
    var what: String
    /// Of the silence that is changed, which is from minute 10 to 60.
    var at: Int64
    var draft: Silence
    var keepsID: Bool

    var testDescription: String { what }
  }

  static let other = [Matcher("mcp", equals: "b")]
  static let changes = [
    Change(what: "an active one, its end", at: 20, draft: draft(from: 10, to: 90), keepsID: true),
    Change(what: "an active one, its start", at: 20, draft: draft(from: 15), keepsID: false),
    Change(
      what: "an active one, its matchers", at: 20, draft: draft(other, from: 10), keepsID: false),
    Change(what: "one to come, its start", at: 5, draft: draft(from: 30), keepsID: true),
    Change(what: "one to come, from before now", at: 5, draft: draft(from: 0), keepsID: false),
    Change(what: "one to come, its matchers", at: 5, draft: draft(other, from: 10), keepsID: false),
    Change(what: "one that has ended", at: 70, draft: draft(from: 10, to: 90), keepsID: false),
  ]

  @Test(arguments: changes)
  mutating func whatChangesUnderTheSameIdIsAlertmanagersChoice(_ change: Change) throws {
    let now = Self.minute(change.at)
    let id = try silences.set(Self.draft(from: 10, to: 60), at: Self.minute(0))
    var draft = change.draft
    draft.id = id
    let changed = try silences.set(draft, at: now)
    #expect((changed == id) == change.keepsID)
    #expect(silences[changed]?.endsAt == draft.endsAt)
    if !change.keepsID { #expect(silences[id]?.state(at: now) == .expired) }
  }

  @Test mutating func oneThatIsExpiredEndsNow() throws {
    let active = try silences.set(Self.draft(), at: Self.minute(1))
    let pending = try silences.set(Self.draft(from: 30), at: Self.minute(1))
    try silences.expire(active, at: Self.minute(2))
    try silences.expire(pending, at: Self.minute(2))
    #expect(silences[active]?.endsAt == Self.minute(2))
    #expect(silences[pending]?.startsAt == Self.minute(2))
    #expect(holding(["mcp": "a"], at: 40) == [])
    #expect(throws: SilenceProblem.alreadyExpired) {
      try silences.expire(active, at: Self.minute(3))
    }
    #expect(throws: SilenceProblem.notFound) { try silences.expire("none", at: Self.minute(3)) }
  }

  static let refused: [(String, Silence)] = [
    ("at least one matcher is required", draft([])),
    (
      "at least one matcher must not match the empty string",
      draft([Matcher("mcp", equals: ""), Matcher("mcp", equals: "a", negated: true)])
    ),
    ("the start must be before the end", draft(from: 60, to: 60)),
    ("the end is in the past", draft(from: 0, to: 4)),
    ("a matcher without the name of a label", draft([Matcher("", equals: "a")])),
    (
      "a matcher of over 4096 bytes",
      draft([Matcher("mcp", equals: String(repeating: "a", count: 4097))])
    ),
    (
      "over 100 matchers",
      draft((0...100).map { Matcher("mcp\($0)", equals: "a") })
    ),
  ]

  @Test(arguments: refused) mutating func whatNoneMayBe(reason: String, draft: Silence) throws {
    #expect(throws: SilenceProblem.invalid(reason)) {
      try silences.set(draft, at: Self.minute(5))
    }
    #expect(silences.count == 0)
    let id = try silences.set(Self.draft(), at: Self.minute(5))
    var change = draft
    change.id = id
    #expect(throws: SilenceProblem.invalid(reason)) { try silences.set(change, at: Self.minute(5)) }
    #expect(silences[id]?.state(at: Self.minute(5)) == .active, "it stays as it was")
  }

  @Test mutating func longTextsAndUnknownIdsAreRefused() {
    var draft = Self.draft()
    draft.comment = String(repeating: "a", count: 16_385)
    #expect(throws: SilenceProblem.invalid("comment has over 16384 bytes")) {
      try silences.set(draft, at: Self.minute(0))
    }
    draft.comment = ""
    draft.createdBy = String(repeating: "a", count: 1025)
    #expect(throws: SilenceProblem.invalid("createdBy has over 1024 bytes")) {
      try silences.set(draft, at: Self.minute(0))
    }
    #expect(throws: SilenceProblem.notFound) {
      try silences.set(Self.draft(id: "none"), at: Self.minute(0))
    }
  }

  @Test mutating func whenThereAreTooManyTheOldestThatHasEndedGivesWay() throws {
    silences.limits.silences = 2
    let first = try silences.set(Self.draft(), at: Self.minute(0))
    let second = try silences.set(Self.draft(), at: Self.minute(0))
    #expect(throws: SilenceProblem.tooMany(2)) {
      try silences.set(Self.draft(), at: Self.minute(0))
    }
    try silences.expire(first, at: Self.minute(1))
    let third = try silences.set(Self.draft(), at: Self.minute(2))
    #expect(silences.all.map(\.id).sorted() == [second, third].sorted())
  }

  @Test mutating func thoseThatEndedLongAgoAreDropped() throws {
    let id = try silences.set(Self.draft(to: 10), at: Self.minute(0))
    _ = silences.takeTouched()
    silences.collectGarbage(at: Self.minute(10 + 120 * 60 - 1))
    #expect(silences.count == 1)
    silences.collectGarbage(at: Self.minute(10 + 120 * 60))
    #expect(silences.count == 0)
    let touched = silences.takeTouched()
    #expect(touched.changed == [] && touched.removed == [id])
  }

  @Test mutating func whatChangedIsToldOnce() throws {
    let first = try silences.set(Self.draft(), at: Self.minute(0))
    let second = try silences.set(Self.draft(), at: Self.minute(0))
    #expect(Set(silences.takeTouched().changed.map(\.id)) == [first, second])
    #expect(silences.takeTouched().changed == [])
    try silences.expire(first, at: Self.minute(1))
    #expect(silences.takeTouched().changed.map(\.id) == [first])
  }

  @Test mutating func aRestartGoesOnFromWhatWasKept() throws {
    let id = try silences.set(Self.draft(), at: Self.minute(0))
    silences = Silences(agentID: "agent", restored: silences.takeTouched().changed)
    #expect(holding(["mcp": "a"], at: 1) == [id])
    #expect(silences.takeTouched().changed == [])
    #expect(try silences.set(Self.draft(), at: Self.minute(0)) != id)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  mutating func itAnswersAsOneThatAsksEverySilence(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    silences.limits.silences = 12
    for now in 1...200 as ClosedRange<Int64> {
      let draft = Self.draft(
        [Matcher("mcp", equals: random.pick(["a", "b"]))],
        from: now + Int64.random(in: -5...20, using: &random), to: now + 25)
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1: _ = try? silences.set(draft, at: Self.minute(now))
      case 2:
        var change = draft
        change.id = random.pick(silences.all.map(\.id) + ["none"])
        _ = try? silences.set(change, at: Self.minute(now))
      case 3:
        try? silences.expire(random.pick(silences.all.map(\.id) + ["none"]), at: Self.minute(now))
      case 4: silences.forget(fingerprint: (["mcp": "a"] as LabelSet).alertFingerprint)
      default: break
      }
      for value in ["a", "b"] {
        let expected = silences.all.filter {
          $0.state(at: Self.minute(now)) == .active && $0.matchers.match(["mcp": value])
        }
        #expect(holding(["mcp": value], at: now) == expected.map(\.id).sorted())
      }
    }
  }
}
