import Agent
import CLinux
import MCPWire

/// The prober's thread: waits, lets libcurl work, lets the scripts go on, delivers, and again.
final class ProberLoop {
  private let settings: ProberSettings
  private let epoll: Epoll
  private let mailbox: Mailbox
  private let deliver: @Sendable ([ProbeReport]) -> Void

  private var shards: Shards
  private var running: [Slot] = []
  private var spare: [Slot] = []
  private let agenda = Agenda()
  private var events = [clinux_event](
    repeating: clinux_event(events: 0, token: 0), count: Epoll.eventsMax)
  private var reports: [ProbeReport] = []
  private var ended = 0
  private var isStopping = false

  /// Requests of one probe: far above what lists of the allowed length need.
  private static let requestsMax = 1000
  /// The slots are looked through for late ones at most this often.
  private static let lookInterval: Int64 = 5_000_000

  init(
    settings: ProberSettings, epoll: Epoll, mailbox: Mailbox,
    deliver: @escaping @Sendable ([ProbeReport]) -> Void
  ) {
    self.settings = settings
    self.epoll = epoll
    self.mailbox = mailbox
    self.deliver = deliver
    shards = Shards(epoll: epoll.descriptor, settings: settings)
  }

  /// Returns after a `stop`, with everything answered.
  func run() {
    while !isStopping {
      let count = epoll.wait(into: &events, milliseconds: pause)
      act(onEvents: count)
      actOnTimers()
      collect()
      cutLate()
      handOver()
    }
    cancelAll()
    handOver()
  }

  /// Until something is due, in milliseconds; -1 when nothing is.
  private var pause: Int32 {
    var due = agenda.next
    for multi in shards.multis { due = min(due, multi.due) }
    if due == .max { return -1 }
    let left = max(0, due - Clock.nanoseconds)
    return Int32(clamping: min((left + 999_999) / 1_000_000, 60_000))
  }

  private func act(onEvents count: Int) {
    var hasMail = false
    for event in events.prefix(count) {
      if event.token == Epoll.bellToken {
        hasMail = true
        continue
      }
      let shard = Int(event.token >> 32)
      guard shards.multis.indices.contains(shard) else { continue }
      let socket = Int32(truncatingIfNeeded: event.token)
      shards.multis[shard].act(on: socket, events: event.events)
    }
    if hasMail { for letter in mailbox.take() { read(letter) } }
  }

  /// New transfers are due at once, and those that follow another in the same turn too.
  private func actOnTimers() {
    let now = Clock.nanoseconds
    for multi in shards.multis where multi.due <= now { multi.actOnTimer() }
  }

  private func collect() {
    for multi in shards.multis where multi.running > 0 {
      while let (slot, code) = multi.nextDone() { finish(slot, code: code) }
    }
  }

  /// Ends what libcurl itself has not ended in time.
  private func cutLate() {
    let now = Clock.nanoseconds
    guard now >= agenda.next else { return }
    agenda.next = .max
    // A copy: slots leave the list, or wait longer, while they are looked at.
    for slot in running where slot.dueAt <= now { finish(slot, code: 28) }
    let next = running.reduce(Int64.max) { min($0, $1.dueAt) }
    agenda.next = next == .max ? .max : max(next, now + Self.lookInterval)
  }

  private func handOver() {
    mailbox.ended(ended)
    ended = 0
    guard !reports.isEmpty else { return }
    let full = reports
    reports = []
    deliver(full)
  }
}

extension ProberLoop {
  private func read(_ letter: Mailbox.Letter) {
    switch letter {
    case .stop: isStopping = true
    case .forget(let mcps): forget(Set(mcps))
    case .start(let orders):
      let now = Clock.nanoseconds
      for order in orders { start(order, at: now) }
    }
  }

  private func start(_ order: ProbeOrder, at now: Int64) {
    guard !isStopping else { return refuse(order, .cancelled, "the prober stops") }
    guard running.count < settings.ordersMax else {
      return refuse(order, .internalError, "more than \(settings.ordersMax) probes at once")
    }
    guard let slot = spare.popLast() ?? Slot(settings: settings, agenda: agenda) else {
      return refuse(order, .internalError, "libcurl has no handle left")
    }
    slot.begin(order, at: now)
    slot.index = running.count
    running.append(slot)
    advance(slot, at: now)
  }

  /// Lets the script go on until a request is under way or the probe is over.
  private func advance(_ slot: Slot, at now: Int64) {
    while let action = slot.nextAction() {
      switch action {
      case .finish(let result): return conclude(slot, result, at: now)
      case .send(let request):
        guard slot.requests < Self.requestsMax else {
          return conclude(slot, fallback(slot, "more than \(Self.requestsMax) requests"), at: now)
        }
        guard let failure = send(request, for: slot, at: now) else { return }
        slot.tell(.failed(failure))
      }
    }
  }

  private func send(_ request: ProbeRequest, for slot: Slot, at now: Int64) -> TransferFailure? {
    if let failure = slot.load(request, at: now) { return failure }
    guard let order = slot.order,
      let multi = shards.multi(for: order.mcp, remember: order.purpose != .endSession),
      multi.add(slot.easy)
    else {
      return TransferFailure(outcome: .internalError, detail: "libcurl refuses the transfer")
    }
    slot.multi = multi
    return nil
  }

  private func finish(_ slot: Slot, code: UInt32) {
    let now = Clock.nanoseconds
    let end = slot.end(code: code, at: now)
    slot.multi?.remove(slot.easy)
    slot.multi = nil
    slot.tell(end)
    advance(slot, at: now)
  }

  private func conclude(_ slot: Slot, _ result: ProbeResult, at now: Int64) {
    var result = result
    result.duration = slot.duration(at: now)
    result.times = slot.times
    if let order = slot.order { report(order, result) }
    release(slot)
  }

  private func fallback(_ slot: Slot, _ detail: String) -> ProbeResult {
    var result = ProbeResult(outcome: .internalError)
    result.detail = detail
    if let order = slot.order { result.memory = order.memory }
    return result
  }

  private func refuse(_ order: ProbeOrder, _ outcome: ProbeOutcome, _ detail: String) {
    var result = ProbeResult(outcome: outcome)
    result.detail = detail
    result.memory = order.memory
    report(order, result)
    ended += 1
  }

  private func report(_ order: ProbeOrder, _ result: ProbeResult) {
    guard order.purpose != .endSession else { return }
    reports.append(ProbeReport(mcp: order.mcp, permit: order.permit, result: result))
  }

  /// Takes a slot out of the running; it waits for the next order, or goes.
  private func release(_ slot: Slot) {
    ended += 1
    if let last = running.popLast(), last !== slot {
      running[slot.index] = last
      last.index = slot.index
    }
    slot.clear()
    if spare.count < settings.spareHandles { spare.append(slot) }
  }
}

extension ProberLoop {
  private func forget(_ mcps: Set<MCPID>) {
    for slot in running {
      guard let order = slot.order, mcps.contains(order.mcp), order.purpose != .endSession
      else { continue }
      slot.multi?.remove(slot.easy)
      release(slot)
    }
    for mcp in mcps { shards.forget(mcp) }
  }

  /// Answers everything, here and still in the mailbox, which takes nothing more.
  private func cancelAll() {
    let now = Clock.nanoseconds
    for slot in running {
      slot.multi?.remove(slot.easy)
      slot.multi = nil
      conclude(slot, cancelled(slot), at: now)
    }
    for case .start(let orders) in mailbox.take(closing: true) {
      for order in orders { refuse(order, .cancelled, "the prober stops") }
    }
  }

  /// The script's own result when it gives one, for what it has learned.
  private func cancelled(_ slot: Slot) -> ProbeResult {
    slot.tell(.failed(TransferFailure(outcome: .cancelled, detail: "the prober stops")))
    guard case .finish(var result) = slot.nextAction() else {
      var result = fallback(slot, "the prober stops")
      result.outcome = .cancelled
      return result
    }
    result.outcome = .cancelled
    return result
  }
}
