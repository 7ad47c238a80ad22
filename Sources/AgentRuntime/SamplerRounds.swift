package import Agent
package import SampleStore
package import Signals

/// The agent's own series as they are sampled: what is appended when; times are wall clock, in
/// milliseconds.
package struct SamplerRounds {
  /// MCPs that changed together, as they were at that instant.
  package struct Transition: Sendable {
    package var at: Timestamp
    package var mcps: [MCPStatus]

    package init(at: Timestamp, mcps: [MCPStatus]) {
      self.at = at
      self.mcps = mcps
    }
  }

  package var store: RuleHead
  let look: @Sendable () -> AgentSnapshot
  var feed = CatalogueFeed()
  var interval: Int64 = 0
  var due: Int64 = 0
  /// Nothing was sampled yet.
  private(set) var isFirst = true
  /// Of every series.
  private var last = Int64.min
  private var isHastened = false
  /// Sets of records that the journal had lost when it was last looked.
  var lost: UInt64 = 0

  package init(head: Head, _ look: @escaping @Sendable () -> AgentSnapshot) {
    store = RuleHead(head)
    self.look = look
  }

  package var head: Head {
    get { store.head }
    _modify { yield &store.head }
  }

  /// Instants are multiples of the interval, whatever the restarts.
  package mutating func arrange(every interval: Duration, retention: Duration, now: Int64) {
    head.setRetention(milliseconds: retention.wholeMilliseconds)
    let interval = max(1, interval.wholeMilliseconds)
    // A clock that was set back by more than an interval makes another instant the next one.
    if interval == self.interval, due - now <= interval { return }
    self.interval = interval
    due = isFirst ? now : next(after: now)
  }

  /// A sample of every series is due now, between two instants.
  package mutating func hasten(to now: Int64) {
    if now > last { (due, isHastened) = (now, true) }
  }

  package var hasRecords: Bool { head.hasRecords }

  private func next(after now: Int64) -> Int64 {
    (now / interval).addingSaturating(1) &* interval
  }

  /// What a turn appended.
  package struct Round: Sendable {
    /// A sample of every series.
    package var isWhole = false
    /// What the transitions changed; `nil` without any.
    package var movement: Movement?

    package var hasAppended: Bool { isWhole || movement != nil }
  }

  /// Appends the transitions, and a sample of every series when that is due, in the order of time.
  package mutating func turn(
    _ transitions: [Transition], now: Int64, isLast: Bool = false
  ) -> Round {
    // The clock may have been set back since.
    let transitions = transitions.map {
      Transition(at: min($0.at, Timestamp(milliseconds: now)), mcps: $0.mcps)
    }
    var round = Round()
    if !transitions.isEmpty { head.rewind(to: now) }
    guard now >= due, !isLast else {
      for transition in transitions { append(transition, &round) }
      return round
    }
    let latest = (now / interval) * interval
    // As of the instant that was due, when that was just now; a start is now.
    let instant = now - latest < 1000 && !isFirst && !isHastened ? latest : now
    (isFirst, isHastened, last) = (false, false, instant)
    for transition in transitions where transition.at.milliseconds < instant {
      append(transition, &round)
    }
    head.rewind(to: now)
    feed.append(look(), at: instant, to: &store.head)
    // A sample of all cannot come behind a later one of some.
    for transition in transitions where transition.at.milliseconds >= instant {
      append(transition, &round)
    }
    head.truncate(at: now)
    due = next(after: now)
    round.isWhole = true
    return round
  }

  private mutating func append(_ transition: Transition, _ round: inout Round) {
    var movement = round.movement ?? Movement(at: transition.at)
    defer { round.movement = movement }
    var together: [MCPStatus] = []
    var names: Set<String> = []
    for mcp in transition.mcps {
      // An MCP that moves twice in one turn has two samples.
      if !names.insert(mcp.description.name).inserted {
        movement.formUnion(feed.append(transitions: together, at: transition.at, to: &store.head))
        together = []
        names = [mcp.description.name]
      }
      together.append(mcp)
    }
    movement.formUnion(feed.append(transitions: together, at: transition.at, to: &store.head))
  }
}
