import MCPWire
import Signals

/// The held stream of a server of the transport of 2024-11-05: a GET that outlives the probe that
/// began it. Between probes its events are read and thrown away.
final class StreamTransfer: Transfer {
  /// The beginning of the probe that opened it, which tells it from others.
  let openedAt: Int64
  /// The probe that listens; none between probes.
  var listener: Slot?
  private var events = EventStreamParser(limit: StreamTransfer.eventBytesMax)
  private(set) var isEventStream = false
  /// The address policy under which it was opened.
  let policy: UInt64

  /// Of one event: a page of a list is the largest that is asked for.
  private static let eventBytesMax = 16 << 20
  /// Before the endpoint is named.
  private static let openingBytesMax = 64 << 10
  private var openingBytes = 0
  /// Between two probes.
  private static let idleBytesMax = 16 << 20
  private var idleBytes = 0
  /// The body of an answer that is no stream has said enough.
  private(set) var hasEnough = false

  init?(openedAt: Int64, settings: ProberSettings, agenda: Agenda) {
    self.openedAt = openedAt
    policy = settings.gate.generation
    super.init(
      userAgent: "breakwater/\(settings.clientVersion)", headerBytesMax: settings.headerBytesMax,
      gate: settings.gate, agenda: agenda)
  }

  override func received(head: ResponseHead) {
    isEventStream = head.isEventStream
    listener?.opened(head: head)
  }

  override func received(body piece: Span<UInt8>) -> Bool {
    guard isEventStream else {
      hasEnough = !(listener?.refused(body: piece) ?? false)
      return !hasEnough
    }
    idleBytes = listener == nil ? idleBytes + piece.count : 0
    if idleBytes > Self.idleBytesMax { refuse(.body(limit: Self.idleBytesMax)) }
    if listener?.script?.awaited == .endpoint {
      openingBytes += piece.count
      if openingBytes > Self.openingBytesMax { refuse(.body(limit: Self.openingBytesMax)) }
    }
    var position = 0
    while let event = events.nextEvent(in: piece, from: &position) {
      listener?.received(event: event)
    }
    if events.isOverLimit { refuse(.body(limit: Self.eventBytesMax)) }
    return refusal == nil
  }
}

extension Slot {
  /// Nothing is under way: the held stream is to bring what comes next.
  func park(at now: Int64) {
    isParked = true
    parkedAt = now
    cut(at: deadline)
  }

  func opened(head: ResponseHead) {
    takeUp()
    defer { putDown() }
    script?.opened(head: dated(head))
    guard head.isEventStream, isParked else { return }
    let patience = ProbeScript.endpointPatience.clampedNanoseconds
    cut(at: min(deadline, Clock.nanoseconds + patience))
  }

  func refused(body piece: Span<UInt8>) -> Bool {
    takeUp()
    defer { putDown() }
    return script?.refused(body: piece) == .more
  }

  func received(event: EventStreamParser.Event) {
    takeUp()
    defer { putDown() }
    let now = Clock.nanoseconds
    tick(at: now)
    let isOver = script?.received(event: event) != .more
    goOn(isOver: isOver, at: now)
  }

  func streamEnded(_ end: TransferEnd) {
    takeUp()
    defer { putDown() }
    let now = Clock.nanoseconds
    stream = nil
    tick(at: now)
    let isOver = script?.streamEnded(end) != .more
    goOn(isOver: isOver, at: now)
  }

  /// What a parked probe waited for has not come by its time.
  func waitedInVain(at now: Int64) {
    leave(at: now)
    tick(at: now)
    script?.waitedInVain()
  }

  /// A parked probe wakes when there is something to do; the answer to a POST need not be awaited
  /// for long once the stream has said all.
  private func goOn(isOver: Bool, at now: Int64) {
    if isParked {
      guard script?.awaited == nil else { return }
      leave(at: now)
      woken.slots.append(self)
    } else if isOver {
      endSoon(at: now)
    }
  }

  /// The stream ends while it is awaited: the times of its opening are taken before it is gone.
  func leaveOpening() {
    if isParked, script?.awaited == .endpoint { takeTimes(at: Clock.nanoseconds) }
  }

  /// Parked no more.
  private func leave(at now: Int64) {
    guard isParked else { return }
    isParked = false
    takeTimes(at: now)
  }

  /// What it has waited for was the opening of the stream, or an answer on it.
  private func takeTimes(at now: Int64) {
    guard parkedAt < now else { return }
    defer { parkedAt = now }
    if lastStage == .sseOpen, stream == nil { return }
    var own = StageTimes()
    var isReused = true
    if lastStage == .sseOpen, let stream {
      let marks = stream.transferTimes(at: now)
      marks.add(to: &own)
      noteCertificate(of: stream.easy)
      isReused = marks.isReused
    } else {
      own.wait = .nanoseconds(max(0, now - parkedAt))
    }
    count(own, isReused: isReused, isRequest: lastStage == .sseOpen)
  }
}

/// Probes that a held stream has woken, for the loop to go on with after libcurl's callbacks.
final class Woken {
  var slots: [Slot] = []

  func take() -> [Slot] {
    defer { slots = [] }
    return slots
  }
}
