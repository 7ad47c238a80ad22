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
  private(set) var script: ProbeScript?
  private(set) var times = StageTimes()
  private(set) var requests = 0
  private var startedAt: Int64 = 0
  private var deadline: Int64 = 0

  private var status = 0
  private var bodyBytes = 0
  private var bodyLimit = 0
  private var noiseBytes = 0
  private(set) var hasEnough = false

  /// After enough of a response this much more is read before the connection is given up.
  private static let noiseBytesMax = 64 * 1024

  init?(settings: ProberSettings, agenda: Agenda) {
    self.settings = settings
    super.init(
      userAgent: "breakwater/\(settings.clientVersion)", headerBytesMax: settings.headerBytesMax,
      agenda: agenda)
  }

  /// Takes an order; the slot is free.
  func begin(_ order: ProbeOrder, at now: Int64) {
    self.order = order
    item = .mcp(order.name)
    script = ProbeScript(
      target: order.target, memory: order.memory, purpose: order.purpose,
      clientVersion: settings.clientVersion, now: MonotonicInstant(nanoseconds: now))
    times = StageTimes()
    requests = 0
    startedAt = now
    deadline = order.deadline.elapsed.clampedNanoseconds
    if order.purpose == .endSession {
      deadline = min(deadline, now + settings.endSessionTimeout.clampedNanoseconds)
    }
  }

  /// Gives the order back; the slot is free then and holds nothing of it.
  func clear() {
    order = nil
    item = nil
    script = nil
    detach()
  }

  /// What the server has sent is read from here on, until `putDown`: a crash is blamed on the MCP.
  func takeUp() { if let item { settings.marking.take(item) } }
  func putDown() { settings.marking.clear() }

  override func received(head: ResponseHead) {
    takeUp()
    defer { putDown() }
    status = head.status
    script?.received(head: head)
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
      hasEnough = true
      let grace = Clock.nanoseconds + settings.graceAfterEnough.clampedNanoseconds
      cut(at: min(deadline, grace))
      return true
    }
  }

  func nextAction() -> ProbeAction? { script?.next() }
  func tell(_ end: TransferEnd) { script?.finished(end) }

  func duration(at now: Int64) -> Duration { .nanoseconds(max(0, now - startedAt)) }
}

extension Slot {
  /// Readies the handle for a request; why not, if that cannot be done.
  func load(_ request: ProbeRequest, at now: Int64) -> TransferFailure? {
    requests += 1
    guard let target = order?.target else { return nil }
    let left = (deadline - now) / 1_000_000
    guard left > 0 else {
      return TransferFailure(
        outcome: .timeout, detail: "no time left for \(request.stage.rawValue)")
    }
    guard let route = Route(to: request.url, settings: target.http) else {
      return TransferFailure(outcome: .configError, detail: "URL or server_name is malformed")
    }
    let headers = HeaderLines(for: request, settings: target.http, host: route.hostHeader)
    guard case .lines(let lines) = headers else {
      guard case .unusable(let name) = headers else { return nil }
      return TransferFailure(
        outcome: .configError, detail: "header \(name) has a line break or a NUL")
    }
    forgetResponse()
    bodyLimit = request.bodyLimit
    ready(target.http, route, at: now)
    easy.load(request, url: route.url, headerLines: lines)
    return arm(until: deadline, left: left, at: now)
  }

  private func forgetResponse() {
    status = 0
    bodyBytes = 0
    noiseBytes = 0
    hasEnough = false
  }
}

extension Slot {
  /// How the transfer ended that libcurl reports with `code`, or that the loop cuts with 28.
  func end(code: UInt32, at now: Int64) -> TransferEnd {
    transferTimes(at: now).add(to: &times)
    if refusal == nil {
      if hasEnough { return .complete(redirectURL: nil) }
      if code == 0 && head.isComplete { return completed(at: now) }
    }
    // Done without a head: an interim response was the last.
    return .failed(facts(code: code == 0 ? 8 : code, at: now).failure)
  }

  private func completed(at now: Int64) -> TransferEnd {
    if status == 407, order?.target.http.proxyURL != nil {
      return .failed(
        TransferFailure(outcome: .proxyError, detail: "the proxy demands credentials (407)"))
    }
    guard (300..<400).contains(status), let url = easy.text(CURLINFO_REDIRECT_URL) else {
      return .complete(redirectURL: nil)
    }
    return .complete(redirectURL: route?.original(redirect: url) ?? url)
  }

  private func transferTimes(at now: Int64) -> TransferTimes {
    var marks = TransferTimes()
    marks.nameLookup = easy.microseconds(CURLINFO_NAMELOOKUP_TIME_T)
    marks.connect = easy.microseconds(CURLINFO_CONNECT_TIME_T)
    marks.appConnect = easy.microseconds(CURLINFO_APPCONNECT_TIME_T)
    marks.preTransfer = easy.microseconds(CURLINFO_PRETRANSFER_TIME_T)
    marks.startTransfer = easy.microseconds(CURLINFO_STARTTRANSFER_TIME_T)
    marks.total = (now - requestStartedAt) / 1000
    marks.isConnected = easy.long(CURLINFO_LOCAL_PORT) != 0
    marks.isReused = marks.isConnected && easy.long(CURLINFO_NUM_CONNECTS) == 0
    marks.isHTTPS = route.map { isHTTPS($0.url) } ?? false
    return marks
  }
}
