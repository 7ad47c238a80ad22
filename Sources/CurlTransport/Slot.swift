import Agent
import CCurl
import CLinux
import MCPWire
import Signals

/// The instant at which the loop must look at its slots again, shared with libcurl's callbacks.
final class Agenda {
  var next = Int64.max
}

/// One probe under way, with the easy handle that performs its requests. Used again and again.
final class Slot {
  let easy: EasyHandle
  private let settings: ProberSettings
  private let agenda: Agenda

  /// Place in the loop's list of running slots.
  var index = 0
  private(set) var order: ProbeOrder?
  private(set) var script: ProbeScript?
  /// The multi handle whose transfer is under way.
  var multi: MultiHandle?
  private(set) var times = StageTimes()
  private(set) var requests = 0
  private var startedAt: Int64 = 0
  private(set) var deadline: Int64 = 0
  /// When the request must be cut: the deadline, or sooner once there was enough of the response.
  private(set) var dueAt = Int64.max

  private var route: Route?
  private var requestStartedAt: Int64 = 0
  private var head = HeadReader()
  private var status = 0
  private var bodyBytes = 0
  private var bodyLimit = 0
  private var noiseBytes = 0
  private var hasEnough = false
  private var refusal: TransferFacts.Refusal?
  private var isTailored = true

  /// After enough of a response this much more is read before the connection is given up.
  private static let noiseBytesMax = 64 * 1024

  init?(settings: ProberSettings, agenda: Agenda) {
    guard let easy = EasyHandle() else { return nil }
    self.easy = easy
    self.settings = settings
    self.agenda = agenda
  }

  /// Takes an order; the slot is free.
  func begin(_ order: ProbeOrder, at now: Int64) {
    self.order = order
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
    script = nil
    multi = nil
    route = nil
    dueAt = .max
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
    self.route = route
    bodyLimit = request.bodyLimit
    requestStartedAt = now
    easy.clearError()
    if isTailored {
      easy.prepare(userAgent: "breakwater/\(settings.clientVersion)")
      listen()
    }
    isTailored = target.http.isTailored || route.connectTo != nil
    if isTailored { easy.tailor(to: target.http, connectTo: route.connectTo) }
    easy.load(request, url: route.url, headerLines: lines)
    easy.set(CURLOPT_TIMEOUT_MS, Int(left))
    guard easy.refusedOption == 0 else {
      isTailored = true
      return facts(code: easy.refusedOption, at: now).failure
    }
    dueAt = deadline
    agenda.next = min(agenda.next, dueAt)
    return nil
  }

  private func forgetResponse() {
    head.reset()
    status = 0
    bodyBytes = 0
    noiseBytes = 0
    hasEnough = false
    refusal = nil
  }

  /// Points libcurl's callbacks at this slot.
  private func listen() {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe easy.set(CURLOPT_PRIVATE, pointer: context)
    unsafe easy.set(CURLOPT_HEADERDATA, pointer: context)
    unsafe easy.set(CURLOPT_WRITEDATA, pointer: context)
    unsafe easy.set(CURLOPT_HEADERFUNCTION, sink: receiveHeader)
    unsafe easy.set(CURLOPT_WRITEFUNCTION, sink: receiveBody)
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

  private func facts(code: UInt32, at now: Int64) -> TransferFacts {
    var facts = TransferFacts(code: code)
    facts.refusal = refusal
    facts.systemError = code == 6 ? Epoll.lackOfDescriptors : easy.systemError
    facts.verifyResult = easy.long(CURLINFO_SSL_VERIFYRESULT)
    facts.connectStatus = easy.long(CURLINFO_HTTP_CONNECTCODE)
    facts.nameLookup = easy.microseconds(CURLINFO_NAMELOOKUP_TIME_T)
    facts.appConnect = easy.microseconds(CURLINFO_APPCONNECT_TIME_T)
    facts.startTransfer = easy.microseconds(CURLINFO_STARTTRANSFER_TIME_T)
    facts.localPort = easy.long(CURLINFO_LOCAL_PORT)
    facts.connects = easy.long(CURLINFO_NUM_CONNECTS)
    facts.hasHead = head.isComplete
    facts.elapsed = .nanoseconds(now - requestStartedAt)
    facts.errorText = easy.lastErrorText
    if let http = order?.target.http { facts.proxy = http.proxyKind }
    guard let route else { return facts }
    facts.isHTTPS = isHTTPS(route.url)
    let endpoint = route.endpoint
    facts.host = endpoint.host
    facts.endpoint = "\(endpoint.host):\(endpoint.port)"
    return facts
  }
}

extension Slot {
  /// Takes a header line; false cuts the transfer.
  fileprivate func receive(header line: Span<UInt8>) -> Bool {
    let complete = head.take(line) { easy.long(CURLINFO_RESPONSE_CODE) }
    if head.bytes > settings.headerBytesMax {
      refusal = .headers(limit: settings.headerBytesMax)
      return false
    }
    if let complete {
      status = complete.status
      script?.received(head: complete)
    }
    return true
  }

  /// Takes a piece of the body; false cuts the transfer.
  fileprivate func receive(body piece: Span<UInt8>) -> Bool {
    if hasEnough {
      noiseBytes += piece.count
      return noiseBytes <= Self.noiseBytesMax
    }
    bodyBytes += piece.count
    switch script?.received(body: piece) ?? .enough {
    case .more where bodyBytes <= bodyLimit: return true
    case .more, .tooLarge:
      refusal = .body(limit: bodyLimit)
      return false
    case .enough:
      hasEnough = true
      let grace = Clock.nanoseconds + settings.graceAfterEnough.clampedNanoseconds
      dueAt = min(deadline, grace)
      agenda.next = min(agenda.next, dueAt)
      return true
    }
  }
}

/// C callbacks: no captures, no throws. Taking fewer bytes than offered makes libcurl give up.
private let receiveHeader: curl_write_callback = { data, size, count, context in
  guard let data = unsafe data, let context = unsafe context else { return 0 }
  let slot = unsafe Unmanaged<Slot>.fromOpaque(context).takeUnretainedValue()
  let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
  let isTaken = unsafe bytes.withMemoryRebound(to: UInt8.self) {
    unsafe slot.receive(header: $0.span)
  }
  return isTaken ? size * count : 0
}

private let receiveBody: curl_write_callback = { data, size, count, context in
  guard let data = unsafe data, let context = unsafe context else { return 0 }
  let slot = unsafe Unmanaged<Slot>.fromOpaque(context).takeUnretainedValue()
  let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
  let isTaken = unsafe bytes.withMemoryRebound(to: UInt8.self) {
    unsafe slot.receive(body: $0.span)
  }
  return isTaken ? size * count : 0
}
