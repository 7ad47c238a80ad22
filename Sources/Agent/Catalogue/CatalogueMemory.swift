import Signals

/// What the coordinator knows of an MCP's catalogue, beside what is shown.
struct CatalogueMemory: Sendable {
  /// Of the last listing; `nil`: the next one is the first.
  var baseline: CatalogueBaseline?
  /// The journal has another one.
  var isUnsaved = false
  private var hourBegan: MonotonicInstant?
  /// Changes with an event of their own in this hour.
  private var told = 0
  /// Changes that no event has told of.
  private var untold = 0

  /// How many of `count` changes get an event each, and how many others one event together.
  mutating func share(
    of count: Int, at now: MonotonicInstant, _ limits: AgentLimits
  ) -> (single: Int, together: Int) {
    if hourBegan.map({ $0.duration(to: now) >= .seconds(3600) }) ?? true {
      (hourBegan, told) = (now, 0)
    }
    let room = min(limits.catalogueEvents, max(0, limits.catalogueEventsAnHour - told))
    let single = min(count, room)
    untold += count - single
    told += single
    guard untold > 0, room > 0 else { return (single, 0) }
    defer { untold = 0 }
    return (single, untold)
  }
}
