import CCurl
import CLinux
import MCPWire
import Signals

/// One request under way, with the easy handle that performs it and the head of its response.
/// Used again and again; what becomes of a response is its subclass's.
class Transfer {
  final let easy: EasyHandle
  /// How long after the deadline libcurl ends what the loop has not cut, in milliseconds.
  private static let cutSlack = 1000

  private let headerBytesMax: Int
  private let userAgent: String
  private let agenda: Agenda

  /// Place in the loop's list of what is under way.
  final var index = 0
  /// The multi handle that performs it; `nil` when none does.
  final var multi: MultiHandle?
  /// When the request must be cut; `Int64.max` is never.
  final private(set) var dueAt = Int64.max

  final private(set) var route: Route?
  final private(set) var requestStartedAt: Int64 = 0
  final private(set) var head = HeadReader()
  final private(set) var refusal: TransferFacts.Refusal?
  private var proxy = TransferFacts.Proxy.none
  private var isTailored = true

  /// `nil`: libcurl has no handle left.
  init?(userAgent: String, headerBytesMax: Int, gate: AddressGate, agenda: Agenda) {
    guard let easy = EasyHandle(gate: gate) else { return nil }
    self.easy = easy
    self.userAgent = userAgent
    self.headerBytesMax = headerBytesMax
    self.agenda = agenda
  }

  /// The whole head of the final response.
  func received(head: ResponseHead) {}
  /// A piece of its body; false cuts the transfer.
  func received(body piece: Span<UInt8>) -> Bool { false }

  /// libcurl's own words without what nobody may read.
  func shown(_ words: String) -> String { words }

  /// Forgets where it went and when it is due.
  final func detach() {
    multi = nil
    route = nil
    dueAt = .max
  }

  /// The request is cut at this instant, in nanoseconds of the loop's clock.
  final func cut(at instant: Int64) {
    dueAt = instant
    agenda.next = min(agenda.next, instant)
  }
}

extension Transfer {
  /// Forgets the response before, and gives the handle all that the target has and no request.
  final func ready(_ http: HTTPSettings, _ route: Route, at now: Int64) {
    self.route = route
    requestStartedAt = now
    head.reset()
    refusal = nil
    proxy = http.proxyKind
    easy.clearError()
    if isTailored {
      easy.prepare(userAgent: userAgent)
      listen()
    }
    isTailored = http.isTailored || route.connectTo != nil
    if isTailored { easy.tailor(to: http, connectTo: route.connectTo) }
  }

  /// Sets the deadline, `left` milliseconds away (0 is never); why not, when libcurl has refused an
  /// option.
  final func arm(until deadline: Int64, left: Int64, at now: Int64) -> TransferFailure? {
    // The loop cuts; libcurl would leave a connection that speaks HTTP/2 to the next request.
    easy.set(CURLOPT_TIMEOUT_MS, left > 0 ? Int(left) + Self.cutSlack : 0)
    // Until there is an answer.
    spend()
    guard easy.refusedOption == 0 else {
      isTailored = true
      return facts(code: easy.refusedOption, at: now).failure
    }
    cut(at: deadline)
    return nil
  }

  /// Points libcurl's callbacks at this transfer.
  private func listen() {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe easy.set(CURLOPT_PRIVATE, pointer: context)
    unsafe easy.set(CURLOPT_HEADERDATA, pointer: context)
    unsafe easy.set(CURLOPT_WRITEDATA, pointer: context)
    unsafe easy.set(CURLOPT_HEADERFUNCTION, sink: receiveHeader)
    unsafe easy.set(CURLOPT_WRITEFUNCTION, sink: receiveBody)
  }

  /// Gives the handle a request of a probe; why not, if that cannot be done.
  final func load(
    _ request: ProbeRequest, _ http: HTTPSettings, at now: Int64
  ) -> TransferFailure? {
    guard let route = Route(to: request.url, settings: http) else {
      return TransferFailure(outcome: .configError, detail: "URL or server_name is malformed")
    }
    let headers = HeaderLines(for: request, settings: http, host: route.hostHeader)
    guard case .lines(let lines) = headers else {
      guard case .unusable(let name) = headers else { return nil }
      return TransferFailure(
        outcome: .configError, detail: "header \(name) has a line break or a NUL")
    }
    ready(http, route, at: now)
    easy.load(request, url: route.url, headerLines: lines)
    return nil
  }

  /// How the transfer ended that libcurl reports with `code`, or that the loop cuts with 28.
  final func ending(code: UInt32, at now: Int64) -> TransferEnd {
    guard refusal == nil, code == 0, head.isComplete else {
      // Done without a head: an interim response was the last.
      return .failed(facts(code: code == 0 ? 8 : code, at: now).failure)
    }
    let status = easy.long(CURLINFO_RESPONSE_CODE)
    if status == 407, proxy != .none {
      return .failed(
        TransferFailure(outcome: .proxyError, detail: "the proxy demands credentials (407)"))
    }
    guard (300..<400).contains(status), let url = easy.text(CURLINFO_REDIRECT_URL) else {
      return .complete(redirectURL: nil)
    }
    return .complete(redirectURL: route?.original(redirect: url) ?? url)
  }

  final func transferTimes(at now: Int64) -> TransferTimes {
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

  /// What libcurl knows of the transfer that it ended with `code`.
  final func facts(code: UInt32, at now: Int64) -> TransferFacts {
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
    if code == 42 || !easy.hasOpenedSocket { facts.denied = easy.denied?.description }
    facts.errorText = shown(easy.lastErrorText)
    facts.proxy = proxy
    guard let route else { return facts }
    facts.isHTTPS = isHTTPS(route.url)
    let endpoint = route.endpoint
    facts.host = endpoint.host
    facts.endpoint = "\(endpoint.host):\(endpoint.port)"
    return facts
  }

  /// Has the connection closed at the end: one that speaks HTTP/2 libcurl keeps whatever happens.
  final func spend() { easy.set(CURLOPT_FORBID_REUSE, true) }

  /// Why the response is not read on.
  final func refuse(_ refusal: TransferFacts.Refusal) {
    self.refusal = refusal
    spend()
  }

  /// Takes a header line; false cuts the transfer.
  fileprivate func receive(header line: Span<UInt8>) -> Bool {
    let complete = head.take(line) { easy.long(CURLINFO_RESPONSE_CODE) }
    if head.bytes > headerBytesMax {
      refuse(.headers(limit: headerBytesMax))
      return false
    }
    if head.hasTwoLengths {
      refuse(.twoLengths)
      return false
    }
    if let complete {
      easy.set(CURLOPT_FORBID_REUSE, false)
      received(head: complete)
    }
    return true
  }
}

/// C callbacks: no captures, no throws. Taking fewer bytes than offered makes libcurl give up.
private let receiveHeader: curl_write_callback = { data, size, count, context in
  guard let data = unsafe data, let context = unsafe context else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
  let isTaken = unsafe bytes.withMemoryRebound(to: UInt8.self) {
    unsafe transfer.receive(header: $0.span)
  }
  return isTaken ? size * count : 0
}

private let receiveBody: curl_write_callback = { data, size, count, context in
  guard let data = unsafe data, let context = unsafe context else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
  let isTaken = unsafe bytes.withMemoryRebound(to: UInt8.self) {
    unsafe transfer.received(body: $0.span)
  }
  return isTaken ? size * count : 0
}
