package import PromQL
package import Signals

/// All silences: those to come, those in force, and for a while those that have ended.
package struct Silences: Sendable {
  package var limits = SilenceLimits()
  private let agentID: String
  private var byID: [String: Silence] = [:]
  private var touched: Set<String> = []
  private var created: UInt64 = 0
  /// In the order in which they came. The matchers of an id never change, so that what an alert
  /// was compared with once it need not be compared with again.
  private var arrivals: [(number: UInt64, id: String)] = []
  private var arrived: UInt64 = 0
  private var known: [UInt64: Known] = [:]

  /// What is known of an alert.
  private struct Known: Sendable {
    /// The last arrival that it was compared with.
    var number: UInt64
    /// Those whose matchers pick it.
    var ids: [String]
  }

  /// Goes on from what the journal has; `agentID` makes ids unique among agents.
  package init(agentID: String, restored: [Silence] = []) {
    self.agentID = agentID
    for silence in restored { keep(silence) }
    touched = []
  }

  package var count: Int { byID.count }

  /// All of them: those that end last come first.
  package var all: [Silence] {
    byID.values.sorted { ($1.endsAt, $0.id) < ($0.endsAt, $1.id) }
  }

  package subscript(id: String) -> Silence? { byID[id] }

  /// Creates one, when its id is empty, or changes the one of that id. An active one whose matchers
  /// or start are others ends, and a new one begins, as does one that has ended already.
  ///
  /// - Returns: The id, which is a new one in the last two cases.
  package mutating func set(_ draft: Silence, at now: Timestamp) throws(SilenceProblem) -> String {
    var silence = draft
    silence.updatedAt = now
    let previous = draft.id.isEmpty ? nil : byID[draft.id]
    if !draft.id.isEmpty && previous == nil { throw .notFound }
    try limits.check(silence, at: now)
    if let previous, Self.mayChange(previous, into: silence, at: now) {
      keep(silence)
      return silence.id
    }
    try makeRoom(at: now)
    if let previous, previous.state(at: now) != .expired { end(previous, at: now) }
    silence.id = newID(at: now)
    silence.startsAt = max(silence.startsAt, now)
    keep(silence)
    return silence.id
  }

  /// Ends it now; one that is to come never begins.
  package mutating func expire(_ id: String, at now: Timestamp) throws(SilenceProblem) {
    guard let silence = byID[id] else { throw .notFound }
    guard silence.state(at: now) != .expired else { throw .alreadyExpired }
    end(silence, at: now)
  }

  /// Ids of the silences that hold an alert, sorted.
  package mutating func holding(
    _ labels: LabelSet, fingerprint: UInt64, at now: Timestamp
  ) -> [String] {
    guard !byID.isEmpty else { return [] }
    if known.count >= limits.knownAlerts && known[fingerprint] == nil { known = [:] }
    var entry = known[fingerprint] ?? Known(number: 0, ids: [])
    if entry.number < arrived {
      for arrival in arrivals[arrivalsIndex(after: entry.number)...] {
        guard let silence = byID[arrival.id], silence.state(at: now) != .expired,
          silence.matchers.match(labels)
        else { continue }
        entry.ids.append(arrival.id)
      }
      entry.number = arrived
      known[fingerprint] = entry
    }
    return entry.ids.filter { byID[$0]?.state(at: now) == .active }.sorted()
  }

  /// Nothing need be remembered of an alert that is gone.
  package mutating func forget(fingerprint: UInt64) { known[fingerprint] = nil }

  /// Drops those that ended long ago.
  package mutating func collectGarbage(at now: Timestamp) {
    let old = byID.values.filter { $0.endsAt.advanced(by: limits.retention) <= now }
    drop(Set(old.map(\.id)))
  }

  /// The journal does not have these as they are.
  mutating func touch(_ ids: some Sequence<String>) { touched.formUnion(ids) }
  mutating func touchAll() { touched.formUnion(byID.keys) }

  /// How many there are of each state.
  package func counts(at now: Timestamp) -> [Silence.State: Int] {
    byID.values.reduce(into: [:]) { $0[$1.state(at: now), default: 0] += 1 }
  }

  /// What has changed since this was asked last, sorted by id: to be made durable.
  package mutating func takeTouched() -> (changed: [Silence], removed: [String]) {
    defer { touched = [] }
    let ids = touched.sorted()
    return (ids.compactMap { byID[$0] }, ids.filter { byID[$0] == nil })
  }
}

extension Silences {
  /// What of a silence may change while it keeps its id.
  private static func mayChange(
    _ old: Silence, into new: Silence, at now: Timestamp
  ) -> Bool {
    guard old.matchers.text == new.matchers.text else { return false }
    switch old.state(at: now) {
    case .pending: return new.startsAt >= now
    // To the second, since that is what some clients keep.
    case .active: return old.startsAt.wholeSeconds == new.startsAt.wholeSeconds
    case .expired: return false
    }
  }

  private mutating func end(_ silence: Silence, at now: Timestamp) {
    var ended = silence
    ended.startsAt = min(ended.startsAt, now)
    ended.endsAt = now
    ended.updatedAt = now
    keep(ended)
  }

  private mutating func keep(_ silence: Silence) {
    touched.insert(silence.id)
    guard byID.updateValue(silence, forKey: silence.id) == nil else { return }
    arrived += 1
    arrivals.append((arrived, silence.id))
  }

  private mutating func drop(_ ids: Set<String>) {
    guard !ids.isEmpty else { return }
    for id in ids { byID[id] = nil }
    touched.formUnion(ids)
    arrivals.removeAll { ids.contains($0.id) }
    for fingerprint in known.keys {
      known[fingerprint]?.ids.removeAll { ids.contains($0) }
    }
  }

  /// One that has ended gives way, the oldest first.
  private mutating func makeRoom(at now: Timestamp) throws(SilenceProblem) {
    guard byID.count >= limits.silences else { return }
    let ended = byID.values.filter { $0.state(at: now) == .expired }
    guard let oldest = ended.min(by: { ($0.endsAt, $0.id) < ($1.endsAt, $1.id) }) else {
      throw .tooMany(limits.silences)
    }
    drop([oldest.id])
  }

  private func arrivalsIndex(after number: UInt64) -> Int {
    var (low, high) = (0, arrivals.count)
    while low < high {
      let middle = (low + high) / 2
      if arrivals[middle].number <= number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Looks like a random UUID, and follows from the agent, the time and how many there were.
  private mutating func newID(at now: Timestamp) -> String {
    while true {
      created += 1
      var bytes = Digest(of: "\(agentID) \(now.milliseconds) \(created)".utf8).bytes
      bytes[6] = bytes[6] & 0x0f | 0x40
      bytes[8] = bytes[8] & 0x3f | 0x80
      var id = ""
      for (place, byte) in bytes.prefix(16).enumerated() {
        if [4, 6, 8, 10].contains(place) { id += "-" }
        id += (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      if byID[id] == nil { return id }
    }
  }
}

extension Timestamp {
  fileprivate var wholeSeconds: Int64 {
    let seconds = milliseconds / 1000
    return milliseconds % 1000 < 0 ? seconds - 1 : seconds
  }
}
