package import Agent
package import SampleStore
package import Signals

/// What the thread `sampler` has, and what it appends when; times are wall clock, in milliseconds.
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

  package var head: Head
  let look: @Sendable () -> AgentSnapshot
  var feed = CatalogueFeed()
  var interval: Int64 = 0
  var due: Int64 = 0
  /// Sets of records that the journal had lost when it was last looked.
  var lost: UInt64 = 0

  package init(head: Head, _ look: @escaping @Sendable () -> AgentSnapshot) {
    self.head = head
    self.look = look
  }

  /// Instants are multiples of the interval, whatever the restarts.
  package mutating func arrange(every interval: Duration, retention: Duration, now: Int64) {
    head.setRetention(milliseconds: retention.wholeMilliseconds)
    let interval = max(1, interval.wholeMilliseconds)
    // A clock that was set back by more than an interval makes another instant the next one.
    if interval == self.interval, due - now <= interval { return }
    self.interval = interval
    due = next(after: now)
  }

  private func next(after now: Int64) -> Int64 {
    (now / interval).addingSaturating(1) &* interval
  }

  /// Appends the transitions, and a sample of every series when that is due, in the order of time.
  /// Whether there was anything.
  package mutating func turn(
    _ transitions: [Transition], now: Int64, isLast: Bool = false
  ) -> Bool {
    guard now >= due, !isLast else {
      for transition in transitions { append(transition) }
      return !transitions.isEmpty
    }
    let latest = (now / interval) * interval
    // As of the instant that was due, when that was just now.
    let instant = now - latest < 1000 ? latest : now
    for transition in transitions where transition.at.milliseconds < instant { append(transition) }
    head.rewind(to: now)
    feed.append(look(), at: instant, to: &head)
    // A sample of all cannot come behind a later one of some.
    for transition in transitions where transition.at.milliseconds >= instant { append(transition) }
    head.truncate(at: now)
    due = next(after: now)
    return true
  }

  private mutating func append(_ transition: Transition) {
    var together: [MCPStatus] = []
    var names: Set<String> = []
    for mcp in transition.mcps {
      // An MCP that moves twice in one turn has two samples.
      if !names.insert(mcp.description.name).inserted {
        feed.append(transitions: together, at: transition.at, to: &head)
        together = []
        names = [mcp.description.name]
      }
      together.append(mcp)
    }
    feed.append(transitions: together, at: transition.at, to: &head)
  }
}
