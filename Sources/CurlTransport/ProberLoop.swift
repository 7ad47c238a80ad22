import Agent
import CLinux
import MCPWire
import Signals
import Threading

/// What is asked of the prober's thread.
enum ProberLetter: Sendable {
  case start([ProbeOrder])
  case forget([MCPID])
  case stop
}

/// The prober's thread: waits, lets libcurl work, lets the scripts go on, delivers, and again.
final class ProberLoop {
  private let settings: ProberSettings
  private let watch: SocketWatch
  private let mailbox: Mailbox<ProberLetter>
  private let deliver: @Sendable ([ProbeReport]) -> Void

  private let files = SettingsFiles()
  private var shards: Shards
  private var slots: TransferPool<Slot>
  private var streams: HeldStreams
  private let woken = Woken()
  private var reports: [ProbeReport] = []
  private var ended = 0
  private var isStopping = false

  /// Requests of one probe: far above what lists of the allowed length need.
  private static let requestsMax = 1000

  init(
    settings: ProberSettings, epoll: Epoll, mailbox: Mailbox<ProberLetter>, pulse: Pulse,
    deliver: @escaping @Sendable ([ProbeReport]) -> Void
  ) {
    self.settings = settings
    self.mailbox = mailbox
    self.deliver = deliver
    watch = SocketWatch(epoll: epoll, pulse: pulse)
    shards = Shards(epoll: epoll.descriptor, settings: settings)
    slots = TransferPool(spareMax: settings.spareHandles)
    streams = HeldStreams(max: settings.heldStreamsMax)
  }

  /// Returns after a `stop`, with everything answered.
  func run() {
    while !isStopping {
      if watch.wait(for: shards.multis, afterGap: giveUpAll) {
        for letter in mailbox.take() { read(letter) }
      }
      watch.actOnTimers(of: shards.multis)
      collect()
      for slot in woken.take() { goOn(slot) }
      cutLate()
      handOver()
    }
    cancelAll()
    streams.closeAll()
    handOver()
  }

  private func collect() {
    for multi in shards.multis where multi.running > 0 {
      while let (transfer, code) = multi.nextDone() {
        if let slot = transfer as? Slot {
          finish(slot, code: code)
        } else if let stream = transfer as? StreamTransfer {
          streams.finish(stream, code: code)
        }
      }
    }
  }

  /// Ends what libcurl itself has not ended in time.
  private func cutLate() {
    let now = Clock.nanoseconds
    guard now >= watch.agenda.next else { return }
    watch.agenda.next = .max
    for slot in slots.late(at: now) {
      if slot.isParked {
        giveUpWaiting(slot)
      } else {
        if !slot.hasEnough { slot.spend() }
        finish(slot, code: 28)
      }
    }
    watch.agenda.next = slots.nextLook(after: now)
  }

  private func handOver() {
    // Nobody may take them for answered before they are.
    defer {
      mailbox.ended(ended)
      ended = 0
    }
    guard !reports.isEmpty else { return }
    let full = reports
    reports = []
    deliver(full)
  }
}

extension ProberLoop {
  private func read(_ letter: ProberLetter) {
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
    guard slots.running.count < settings.ordersMax else {
      return refuse(order, .internalError, "more than \(settings.ordersMax) probes at once")
    }
    guard order.deadline.nanoseconds > now else {
      return refuse(order, .internalError, "it came to the prober after its deadline")
    }
    let slot = slots.begin {
      Slot(settings: settings, files: files, agenda: watch.agenda, woken: woken)
    }
    guard let slot else { return refuse(order, .internalError, "libcurl has no handle left") }
    // A stream is judged once: under another policy another one is opened.
    if let stream = streams[order.mcp], stream.policy != settings.gate.generation {
      streams.close(order.mcp)
    }
    slot.begin(order, stream: streams[order.mcp], at: now)
    slot.takeUp()
    defer { slot.putDown() }
    advance(slot, at: now)
  }

  /// Lets the script go on until a request is under way or the probe is over.
  private func advance(_ slot: Slot, at now: Int64) {
    while let action = slot.nextAction() {
      switch action {
      case .finish(let result): return conclude(slot, result, at: now)
      case .wait: return slot.park(at: now)
      case .open(let request):
        guard let failure = open(request, for: slot, at: now) else { return slot.park(at: now) }
        slot.streamEnded(.failed(failure))
      case .send(let request):
        guard slot.requests < Self.requestsMax else {
          return conclude(slot, fallback(slot, "more than \(Self.requestsMax) requests"), at: now)
        }
        guard let failure = send(request, for: slot, at: now) else { return }
        slot.tell(.failed(failure), at: now)
      }
    }
  }

  /// Opens a stream in place of the one that is held.
  private func open(_ request: ProbeRequest, for slot: Slot, at now: Int64) -> TransferFailure? {
    slot.note(request)
    guard let order = slot.order else { return nil }
    guard slot.deadline > now else { return slot.lateness(of: request) }
    if let failure = slot.fileFailure { return failure }
    guard let multi = shards.multi(for: order.mcp, remember: true),
      let stream = StreamTransfer(
        openedAt: slot.startedAt, settings: settings, agenda: watch.agenda)
    else { return TransferFailure(outcome: .internalError, detail: "libcurl has no handle left") }
    if let failure = stream.load(request, order.target.http, at: now) { return failure }
    if let failure = stream.arm(until: .max, left: 0, at: now) { return failure }
    guard multi.add(stream.easy) else {
      return TransferFailure(outcome: .internalError, detail: "libcurl refuses the transfer")
    }
    stream.multi = multi
    streams.hold(stream, of: order.mcp)
    slot.stream = stream
    stream.listener = slot
    return nil
  }

  /// A stream has brought what a parked probe waited for.
  private func goOn(_ slot: Slot) {
    guard slot.order != nil, !slot.isParked, slot.multi == nil else { return }
    slot.takeUp()
    defer { slot.putDown() }
    advance(slot, at: Clock.nanoseconds)
  }

  /// Before the head of a stream it is a transfer like any other that is late.
  private func giveUpWaiting(_ slot: Slot) {
    let now = Clock.nanoseconds
    if slot.script?.awaited == .endpoint, let stream = slot.stream, stream.listener === slot,
      !stream.isEventStream
    {
      return streams.finish(stream, code: 28)
    }
    slot.waitedInVain(at: now)
    goOn(slot)
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
    slot.takeUp()
    defer { slot.putDown() }
    let now = Clock.nanoseconds
    let end = slot.end(code: code, at: now)
    slot.multi?.remove(slot.easy)
    slot.multi = nil
    slot.tell(end, at: now)
    advance(slot, at: now)
  }

  private func conclude(_ slot: Slot, _ result: ProbeResult, at now: Int64) {
    var result = result
    result.duration = slot.duration(at: now)
    result.times = slot.times
    // The rest is our own, before a request goes out.
    result.times.send += max(.zero, result.duration - result.times.total)
    result.methods = slot.methods
    result.certificateExpiry = slot.certificateExpiry
    if let order = slot.order {
      let isKept = order.purpose != .endSession ? result.memory.stream?.openedAt.nanoseconds : nil
      if !streams.keep(of: order.mcp, openedAt: isKept, by: slot) { result.memory.stream = nil }
      report(order, result)
    }
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

  private func release(_ slot: Slot) {
    ended += 1
    slots.end(slot)
    slot.clear()
  }
}

extension ProberLoop {
  private func forget(_ mcps: Set<MCPID>) {
    for slot in slots.running {
      guard let order = slot.order, mcps.contains(order.mcp), order.purpose != .endSession
      else { continue }
      slot.multi?.remove(slot.easy)
      release(slot)
    }
    for mcp in mcps {
      streams.close(mcp)
      shards.forget(mcp)
    }
  }

  /// After a gap: what our clocks say of those under way says nothing of their servers.
  private func giveUpAll() { endAll(.internalError, "the agent itself stood still") }

  /// Answers everything, here and still in the mailbox, which takes nothing more.
  private func cancelAll() {
    endAll(.cancelled, "the prober stops")
    for case .start(let orders) in mailbox.take(closing: true) {
      for order in orders { refuse(order, .cancelled, "the prober stops") }
    }
  }

  private func endAll(_ outcome: ProbeOutcome, _ detail: String) {
    let now = Clock.nanoseconds
    for slot in slots.running {
      slot.multi?.remove(slot.easy)
      slot.multi = nil
      conclude(slot, given(up: slot, outcome, detail), at: now)
    }
  }

  /// The script's own result when it gives one, for what it has learned.
  private func given(up slot: Slot, _ outcome: ProbeOutcome, _ detail: String) -> ProbeResult {
    slot.tell(.failed(TransferFailure(outcome: outcome, detail: detail)), at: Clock.nanoseconds)
    guard case .finish(var result) = slot.nextAction() else {
      var result = fallback(slot, detail)
      result.outcome = outcome
      return result
    }
    result.outcome = outcome
    return result
  }
}
