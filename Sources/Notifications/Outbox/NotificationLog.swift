import PromQL
import Signals

/// What one destination was told of one group.
package struct NotificationLogEntry: Equatable, Sendable {
  package var lane: Lane
  /// When all messages of the outbox have arrived.
  package var told: Told
  /// As far as is known now, where in doubt it has arrived; `nil`: nothing has.
  package var arrived: Told?
  /// The lane's newest message that is in `arrived`, and all before it have ended; 0: none.
  package var arrivedThrough: UInt64

  package init(lane: Lane, told: Told, arrived: Told?, arrivedThrough: UInt64 = 0) {
    self.lane = lane
    self.told = told
    self.arrived = arrived
    self.arrivedThrough = arrivedThrough
  }
}

/// Who was told what: decides between a first, another and no message, across restarts.
struct NotificationLog: Sendable {
  private(set) var entries: [Lane: NotificationLogEntry] = [:]
  /// Lanes whose entries the journal has to hear of.
  private(set) var touched: Set<Lane> = []
  /// Above this count the next sweep is due early.
  private var crowded: Int

  init(_ entries: [NotificationLogEntry], limit: Int) {
    crowded = limit
    for entry in entries { self.entries[entry.lane] = entry }
  }

  func told(_ lane: Lane) -> Told? { entries[lane]?.told }
  func arrivedThrough(_ lane: Lane) -> UInt64 { entries[lane]?.arrivedThrough ?? 0 }
  var isCrowded: Bool { entries.count > crowded }

  mutating func touch(_ lanes: some Sequence<Lane>) { touched.formUnion(lanes) }

  /// The entries that changed since the last call, and those that are gone.
  mutating func takeTouched() -> (changed: [NotificationLogEntry], removed: [Lane]) {
    var (changed, removed): ([NotificationLogEntry], [Lane]) = ([], [])
    for lane in touched.sorted() {
      if let entry = entries[lane] { changed.append(entry) } else { removed.append(lane) }
    }
    touched = []
    return (changed, removed)
  }

  /// A message was decided, or its telling left out since nobody wants it.
  mutating func tell(_ told: Told, to lane: Lane) {
    touched.insert(lane)
    var entry = entries[lane] ?? NotificationLogEntry(lane: lane, told: told, arrived: nil)
    entry.told = entry.told.followed(by: told)
    entry.told.at = told.at
    entries[lane] = entry
  }

  /// Nobody wants to hear that these have ended.
  mutating func forget(_ ended: Set<UInt64>, of lane: Lane) {
    guard !ended.isEmpty, var entry = entries[lane] else { return }
    touched.insert(lane)
    entry.told = entry.told.putBack(to: nil) { ended.contains($0) }
    entry.arrived = entry.arrived?.putBack(to: nil) { ended.contains($0) }
    entries[lane] = entry
  }

  /// A message has arrived, surely or perhaps; `number` is 0 when it came by another lane.
  mutating func arrive(_ told: Told, at lane: Lane, number: UInt64, surely: Bool) {
    touched.insert(lane)
    var entry = entries[lane] ?? NotificationLogEntry(lane: lane, told: told, arrived: nil)
    let before = entry.arrived ?? Told(firing: [], resolved: [], at: told.at)
    entry.arrived = surely ? before.followed(by: told) : before.perhapsFollowed(by: told)
    entry.arrivedThrough = max(entry.arrivedThrough, number)
    entries[lane] = entry
  }

  /// Whether the destination may believe that one of the alerts fires.
  func mayHaveArrived(_ alerts: [ToldAlert], at lane: Lane) -> Bool {
    guard let arrived = entries[lane]?.arrived else { return false }
    return alerts.contains { arrived.fires($0.fingerprint) }
  }

  /// A message has ended undelivered: of its alerts that `isMeant` picks, the destination has been
  /// told what has arrived. `isLast`: no later message waits.
  mutating func putBack(_ lane: Lane, isLast: Bool, for isMeant: (UInt64) -> Bool) {
    guard var entry = entries[lane] else { return }
    touched.insert(lane)
    entry.told = entry.told.putBack(to: entry.arrived, for: isMeant)
    if isLast, let arrived = entry.arrived { entry.told.at = arrived.at }
    if isLast && entry.arrived == nil && entry.told.firing.isEmpty {
      entries[lane] = nil
    } else {
      entries[lane] = entry
    }
  }

  /// Moves what was told of each alert to the lanes that it now belongs to.
  mutating func regroup(_ lanes: (LabelSet, Lane) -> [Lane]) {
    var moved: [(Lane, told: Told?, arrived: Told?)] = []
    for lane in entries.keys.sorted() {
      guard let entry = entries[lane] else { continue }
      let told = entry.told.parts { lanes($0, lane) }
      let arrived = entry.arrived?.parts { lanes($0, lane) } ?? []
      if (told + arrived).allSatisfy({ $0.lane == lane }) { continue }
      entries[lane] = nil
      touched.insert(lane)
      for (home, part) in told { moved.append((home, part, nil)) }
      for (home, part) in arrived { moved.append((home, nil, part)) }
    }
    for (home, told, arrived) in moved { merge(told, arrived, into: home) }
  }

  private mutating func merge(_ told: Told?, _ arrived: Told?, into lane: Lane) {
    touched.insert(lane)
    guard var entry = entries[lane] else {
      guard let told = told ?? arrived.map({ Told(firing: [], resolved: [], at: $0.at) }) else {
        return
      }
      entries[lane] = NotificationLogEntry(lane: lane, told: told, arrived: arrived)
      return
    }
    if let told { entry.told = Self.union(entry.told, told) }
    // Numbers of other lanes' messages say nothing of this one's.
    entry.arrivedThrough = 0
    if let arrived { entry.arrived = entry.arrived.map { Self.union($0, arrived) } ?? arrived }
    entries[lane] = entry
  }

  private static func union(_ one: Told, _ other: Told) -> Told {
    Told(
      firing: one.firing + other.firing, resolved: one.resolved + other.resolved,
      at: max(one.at, other.at))
  }

  /// Forgets entries past their retention that `isIdle` says nothing needs; when there are too
  /// many, also younger ones of which nothing fires, oldest first.
  mutating func sweep(before oldest: Timestamp, limit: Int, isIdle: (Lane) -> Bool) {
    var idle: [(at: Timestamp, lane: Lane)] = []
    for (lane, entry) in entries where isIdle(lane) {
      if entry.told.at < oldest {
        remove(lane)
      } else if entry.told.firing.isEmpty {
        idle.append((entry.told.at, lane))
      }
    }
    let excess = entries.count - limit
    if excess > 0 {
      for (_, lane) in idle.sorted(by: { $0 < $1 }).prefix(excess + limit / 10) { remove(lane) }
    }
    crowded = max(limit, entries.count + entries.count / 4)
  }

  private mutating func remove(_ lane: Lane) {
    entries[lane] = nil
    touched.insert(lane)
  }
}
