import Signals

/// The last twenty things that happened, for the message about a failure.
struct RecentHappenings {
  private struct Entry {
    var at: MonotonicInstant
    var what: StaticString
    var one: UInt64
    var other: UInt64
  }

  private var ring: [Entry] = []
  private var next = 0
  private static let size = 20

  mutating func append(
    _ at: MonotonicInstant, _ what: StaticString, _ one: UInt64, _ other: UInt64
  ) {
    let entry = Entry(at: at, what: what, one: one, other: other)
    if ring.count < Self.size { ring.append(entry) } else { ring[next] = entry }
    next = (next + 1) % Self.size
  }

  /// Oldest first, a line each.
  var lines: [String] {
    let ordered = ring.count < Self.size ? ring[...] : ring[next...] + ring[..<next]
    return ordered.map { "  \($0.at.elapsed.inSeconds) \($0.what) \($0.one) \($0.other)" }
  }
}
