import HeapModule
import PromQL
import Signals

/// A message that is not delivered yet.
struct WaitingMessage: Sendable {
  let message: NotificationMessage
  let decided: MonotonicInstant
  let expires: MonotonicInstant
  /// Tries so far, the one under way among them.
  var tries = 0
  var refusals = 0
  var mayHaveArrived = false
  /// It tells the ends of what nothing else tells any more.
  var tellsMissed = false
  /// A person has asked for it.
  var isByHand = false
  /// It tells of alerts that belong to other groups by now.
  var isRegrouped = false

  init(_ message: NotificationMessage, at now: Now) {
    self.message = message
    let age = max(.zero, message.created.duration(to: now.wall))
    decided = now.monotonic.advanced(by: .zero - age)
    let lifetime = message.created.duration(to: message.expires)
    let left = min(max(.zero, now.wall.duration(to: message.expires)), max(.zero, lifetime))
    expires = now.monotonic.advanced(by: left)
  }
}

/// Messages of one lane, in order; only the first is ever under way.
struct LaneQueue: Sendable {
  var messages: [WaitingMessage] = []
  /// When the first is tried again; `nil`: at once.
  var nextTry: MonotonicInstant?
  /// Of the try under way.
  var deadline: MonotonicInstant?

  var first: WaitingMessage? { messages.first }
}

/// What waits to be delivered, and what is under way.
struct Outbox: Sendable {
  private struct Ready: Comparable, Sendable {
    let number: UInt64
    let lane: Lane

    static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
  }
  struct Load: Sendable {
    var messages = 0
    var bytes = 0
    var inFlight = 0
  }

  private(set) var lanes: [Lane: LaneQueue] = [:]
  private(set) var loads: [Destination: Load] = [:]
  private var ready: [Destination: Heap<Ready>] = [:]
  /// Lanes of messages under way.
  private var flights: [UInt64: Lane] = [:]
  /// Messages up to this number may be tried: the journal has answered for them.
  private var releasedThrough: UInt64 = 0
  /// Decided and not released, oldest first.
  private var held: [Ready] = []
  /// Lanes that tell of the same alerts, since these were grouped otherwise once: of the first
  /// messages of all of them, the oldest goes first.
  private var kin: [Lane: Set<Lane>] = [:]
  /// Lanes whose first message has ended, and which one, until the journal has answered: after a
  /// crash before that it is tried again, and no later one may have come first.
  private var closed: [Lane: UInt64] = [:]

  var count: Int { loads.values.reduce(0) { $0 + $1.messages } }
  var bytes: Int { loads.values.reduce(0) { $0 + $1.bytes } }

  var messages: [NotificationMessage] { lanes.values.flatMap { $0.messages.map(\.message) } }

  func load(_ destination: Destination) -> Load { loads[destination] ?? Load() }
  func isWaiting(_ lane: Lane) -> Bool { lanes[lane] != nil }
  func first(_ lane: Lane) -> WaitingMessage? { lanes[lane]?.first }

  /// The lane's first message is the only one left that tells of what it tells.
  mutating func tellInAnyCase(_ lane: Lane) {
    guard let queue = lanes[lane], !queue.messages.isEmpty else { return }
    lanes[lane]?.messages[0].tellsMissed = true
  }

  /// The lane's first message and the one behind it.
  func firstTwo(_ lane: Lane) -> (WaitingMessage, WaitingMessage)? {
    guard let messages = lanes[lane]?.messages.prefix(2), let first = messages.first,
      let next = messages.dropFirst().first
    else { return nil }
    return (first, next)
  }

  mutating func append(_ waiting: WaitingMessage) {
    let lane = waiting.message.lane
    lanes[lane, default: LaneQueue()].messages.append(waiting)
    loads[lane.destination, default: Load()].messages += 1
    loads[lane.destination, default: Load()].bytes += waiting.message.cost
    if waiting.message.number > releasedThrough {
      held.append(Ready(number: waiting.message.number, lane: lane))
    } else {
      offer(lane)
    }
  }

  /// The journal has answered for the messages up to this one.
  mutating func release(through number: UInt64) {
    guard number > releasedThrough else { return }
    releasedThrough = number
    let count = held.prefix { $0.number <= number }.count
    for entry in held.prefix(count) { offer(entry.lane) }
    held.removeFirst(count)
  }

  /// The lane's first message may be tried now, if nothing keeps it.
  mutating func offer(_ lane: Lane) {
    guard let queue = lanes[lane], let first = queue.first, queue.deadline == nil,
      queue.nextTry == nil, first.message.number <= releasedThrough, closed[lane] == nil
    else { return }
    ready[lane.destination, default: Heap()].insert(
      Ready(number: first.message.number, lane: lane))
  }

  /// The lane to serve next of this destination, oldest first; each is given once.
  mutating func nextReady(_ destination: Destination) -> Lane? {
    while let entry = ready[destination]?.popMin() {
      guard let queue = lanes[entry.lane], queue.deadline == nil, queue.nextTry == nil,
        closed[entry.lane] == nil, queue.first?.message.number == entry.number,
        !isHeldByKin(entry.lane, entry.number)
      else { continue }
      return entry.lane
    }
    return nil
  }

  private func isHeldByKin(_ lane: Lane, _ number: UInt64) -> Bool {
    (kin[lane] ?? []).contains {
      closed[$0] != nil || (lanes[$0]?.first?.message.number ?? .max) < number
    }
  }

  /// A try begins; gives its number, from 1.
  mutating func start(_ lane: Lane, deadline: MonotonicInstant) -> Int {
    guard var queue = lanes[lane], let number = queue.first?.message.number else { return 0 }
    queue.messages[0].tries += 1
    queue.deadline = deadline
    lanes[lane] = queue
    flights[number] = lane
    loads[lane.destination, default: Load()].inFlight += 1
    return queue.messages[0].tries
  }

  /// The lane whose try this report ends; `nil`: it comes too late.
  func lane(of report: DeliveryReport) -> Lane? {
    guard case .message(let number) = report.id, let lane = flights[number],
      let first = lanes[lane]?.first, first.message.number == number,
      first.tries == report.attempt
    else { return nil }
    return lane
  }

  /// The try has ended; the message is still there.
  mutating func land(_ lane: Lane, refused: Bool, mayHaveArrived: Bool) {
    guard var queue = lanes[lane], queue.deadline != nil, let first = queue.first else { return }
    queue.deadline = nil
    queue.messages[0].refusals += refused ? 1 : 0
    queue.messages[0].mayHaveArrived = first.mayHaveArrived || mayHaveArrived
    lanes[lane] = queue
    flights[first.message.number] = nil
    loads[lane.destination, default: Load()].inFlight -= 1
  }

  mutating func wait(_ lane: Lane, until instant: MonotonicInstant?) {
    lanes[lane]?.nextTry = instant
    if instant == nil { offer(lane) }
  }

  /// Takes the lane's first message out; the next one may be tried after `open`.
  mutating func removeFirst(_ lane: Lane) -> WaitingMessage? {
    land(lane, refused: false, mayHaveArrived: false)
    guard var queue = lanes[lane], !queue.messages.isEmpty else { return nil }
    let removed = queue.messages.removeFirst()
    queue.nextTry = nil
    lanes[lane] = queue.messages.isEmpty ? nil : queue
    loads[lane.destination, default: Load()].messages -= 1
    loads[lane.destination, default: Load()].bytes -= removed.message.cost
    closed[lane] = removed.message.number
    return removed
  }

  /// The journal has answered for the ends of these messages.
  mutating func open(_ ended: [MessageEnding]) {
    guard !closed.isEmpty else { return }
    let numbers = Set(ended.map(\.number))
    for (lane, number) in closed.sorted(by: { $0.value < $1.value })
    where numbers.contains(number) {
      closed[lane] = nil
      offerWithKin(lane)
    }
  }

  private mutating func offerWithKin(_ lane: Lane) {
    offer(lane)
    for other in (kin[lane] ?? []).sorted() { offer(other) }
  }

  /// After a regrouping: lanes whose messages tell of an alert's old group become kin of its new
  /// one, and of each other.
  mutating func regroup(_ homes: (LabelSet, Lane) -> [Lane]) {
    kin = [:]
    var families: [Lane: Set<Lane>] = [:]
    for lane in lanes.keys.sorted() {
      guard var queue = lanes[lane] else { continue }
      for index in queue.messages.indices {
        let parts = queue.messages[index].message.told.parts { homes($0, lane) }
        queue.messages[index].isRegrouped = parts.contains { $0.lane != lane }
        for part in parts { families[part.lane, default: [part.lane]].insert(lane) }
      }
      lanes[lane] = queue
    }
    for family in families.values where family.count > 1 { relate(family) }
    for lane in lanes.keys.sorted() { offer(lane) }
  }

  /// A message of one of these lanes tells of alerts of all of them.
  mutating func relate(_ family: Set<Lane>) {
    for lane in family { kin[lane, default: []].formUnion(family.filter { $0 != lane }) }
  }

  /// Fingerprints that messages of the lane and its kin, from `number` on, tell of.
  func mentioned(in lane: Lane, after number: UInt64) -> Set<UInt64> {
    var mentioned: Set<UInt64> = []
    for other in (kin[lane] ?? []).union([lane]) {
      for waiting in lanes[other]?.messages ?? [] where waiting.message.number > number {
        mentioned.formUnion(waiting.message.told.all.map(\.fingerprint))
      }
    }
    return mentioned
  }
}
