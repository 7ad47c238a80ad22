import Agent
import CCurl
import CLinux
import MCPWire
import Signals

/// One probe under way: its script, and the times of its requests so far.
final class Slot: Transfer {
  private let settings: ProberSettings
  private(set) var order: ProbeOrder?
  private var item: WorkItem?
  var script: ProbeScript?
  private(set) var times = StageTimes()
  private(set) var methods: [MethodTimes] = []
  private(set) var certificateExpiry: Timestamp?
  private(set) var requests = 0
  private(set) var lastStage: ProbeStage?
  private(set) var startedAt: Int64 = 0
  private(set) var deadline: Int64 = 0

  /// The server's held stream, while this probe listens to it.
  var stream: StreamTransfer?
  /// Waits for the stream, with nothing of its own under way.
  var isParked = false
  var parkedAt: Int64 = 0
  let woken: Woken
  private let files: SettingsFiles
  /// Why the target's files cannot be used.
  private(set) var fileFailure: TransferFailure?

  private var bodyBytes = 0
  private var bodyLimit = 0
  private var noiseBytes = 0
  private(set) var hasEnough = false

  /// After enough of a response this much more is read before the connection is given up.
  private static let noiseBytesMax = 64 * 1024

  init?(settings: ProberSettings, files: SettingsFiles, agenda: Agenda, woken: Woken) {
    self.settings = settings
    self.files = files
    self.woken = woken
    super.init(
      userAgent: "breakwater/\(settings.clientVersion)", headerBytesMax: settings.headerBytesMax,
      gate: settings.gate, agenda: agenda)
  }

  /// Takes an order; the slot is free. `stream`: what is held of the order's MCP.
  func begin(_ order: ProbeOrder, stream: StreamTransfer?, at now: Int64) {
    let order = refreshed(order, at: now)
    self.order = order
    item = .mcp(order.name)
    script = ProbeScript(
      target: order.target, memory: order.memory, purpose: order.purpose,
      clientVersion: settings.clientVersion, now: MonotonicInstant(nanoseconds: now),
      heldStream: stream.map { MonotonicInstant(nanoseconds: $0.openedAt) })
    self.stream = stream
    stream?.listener = self
    times = StageTimes()
    methods = []
    certificateExpiry = nil
    requests = 0
    startedAt = now
    deadline = order.deadline.elapsed.clampedNanoseconds
    if order.purpose == .endSession {
      deadline = min(deadline, now + settings.endSessionTimeout.clampedNanoseconds)
    }
  }

  /// The order with what stands in its target's files now.
  private func refreshed(_ order: ProbeOrder, at now: Int64) -> ProbeOrder {
    var order = order
    fileFailure = nil
    do throws(SettingsFiles.Fault) {
      try order.target.http.refresh(from: files, at: now)
    } catch {
      fileFailure = TransferFailure(
        outcome: .configError, detail: error.description.asDetail)
    }
    return order
  }

  /// Gives the order back; the slot is free then and holds nothing of it.
  func clear() {
    order = nil
    item = nil
    script = nil
    if stream?.listener === self { stream?.listener = nil }
    stream = nil
    isParked = false
    detach()
  }

  /// What the server has sent is read from here on, until `putDown`: a crash is blamed on the MCP.
  func takeUp() { if let item { settings.marking.take(item) } }
  func putDown() { settings.marking.clear() }

  override func received(head: ResponseHead) {
    takeUp()
    defer { putDown() }
    script?.received(head: dated(head))
  }

  /// A date to wait until as seconds, which the script can read without a clock.
  func dated(_ head: ResponseHead) -> ResponseHead {
    var head = head
    let wait = head.retryAfter.flatMap { RetryAfter.delay($0, at: settings.wallClock()) }
    head.retryAfter = wait.map { wait in
      let (seconds, part) = wait.components
      return "\(part > 0 && seconds < .max ? seconds + 1 : seconds)"
    }
    return head
  }

  override func received(body piece: Span<UInt8>) -> Bool {
    if hasEnough {
      noiseBytes += piece.count
      return noiseBytes <= Self.noiseBytesMax
    }
    takeUp()
    defer { putDown() }
    bodyBytes += piece.count
    switch script?.received(body: piece) ?? .enough {
    case .more where bodyBytes <= bodyLimit: return true
    case .more, .tooLarge:
      refuse(.body(limit: bodyLimit))
      return false
    case .enough:
      endSoon(at: Clock.nanoseconds)
      return true
    }
  }

  func nextAction() -> ProbeAction? { script?.next() }
  func tell(_ end: TransferEnd, at now: Int64) {
    tick(at: now)
    script?.finished(end)
  }

  func duration(at now: Int64) -> Duration { .nanoseconds(max(0, now - startedAt)) }
}

extension Slot {
  /// Readies the handle for a request; why not, if that cannot be done.
  func load(_ request: ProbeRequest, at now: Int64) -> TransferFailure? {
    note(request)
    guard let target = order?.target else { return nil }
    let left = (deadline - now) / 1_000_000
    guard left > 0 else { return lateness(of: request) }
    forgetResponse()
    bodyLimit = request.bodyLimit
    if let fileFailure { return fileFailure }
    let http = request.stage == .token ? target.http.oauth2?.http ?? target.http : target.http
    if let failure = load(request, http, at: now) { return failure }
    return arm(until: deadline, left: left, at: now)
  }

  /// Counts a request, made by this transfer or by that of the held stream.
  func note(_ request: ProbeRequest) {
    requests += 1
    lastStage = request.stage
  }

  func lateness(of request: ProbeRequest) -> TransferFailure {
    TransferFailure(outcome: .timeout, detail: "no time left for \(request.stage.rawValue)")
  }

  private func forgetResponse() {
    bodyBytes = 0
    noiseBytes = 0
    hasEnough = false
  }

  /// The answer is there: what is under way may end by itself, for a moment.
  func endSoon(at now: Int64) {
    hasEnough = true
    cut(at: min(deadline, now + settings.graceAfterEnough.clampedNanoseconds))
  }

  /// A kept connection and a resumed session show none: what was seen before stays known.
  func noteCertificate(of easy: EasyHandle) {
    guard let seconds = easy.certificateExpiry else { return }
    let (milliseconds, isOver) = seconds.multipliedReportingOverflow(by: 1000)
    if !isOver { certificateExpiry = Timestamp(milliseconds: milliseconds) }
  }

  /// Tells the script what time it is.
  func tick(at now: Int64) { script?.elapsed = duration(at: now) }

  func count(_ own: StageTimes, isReused: Bool, isRequest: Bool = true) {
    times.add(own)
    guard let lastStage else { return }
    methods.add(own, of: lastStage, isReused: isReused, isRequest: isRequest)
  }

  /// How the transfer ended that libcurl reports with `code`, or that the loop cuts with 28.
  func end(code: UInt32, at now: Int64) -> TransferEnd {
    // Another server's is no news of this one.
    if lastStage != .token { noteCertificate(of: easy) }
    let marks = transferTimes(at: now)
    var own = StageTimes()
    marks.add(to: &own)
    count(own, isReused: marks.isReused)
    if refusal == nil, hasEnough { return .complete(redirectURL: nil) }
    return ending(code: code, at: now)
  }
}
