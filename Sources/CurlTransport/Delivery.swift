import CCurl
import MCPWire
import Notifications
import Signals

/// One try of one message under way.
final class Delivery: Transfer {
  private let settings: DelivererSettings
  private let files: SettingsFiles
  private(set) var order: DeliveryOrder?
  /// What is reported, once the response's head has come, with as much of the body as is asked for.
  private(set) var answer: DeliveryAnswer?
  private var deadline: Int64 = 0
  private var bodyBytes = 0

  init?(settings: DelivererSettings, files: SettingsFiles, agenda: Agenda) {
    self.settings = settings
    self.files = files
    super.init(
      userAgent: "breakwater/\(settings.clientVersion)", headerBytesMax: settings.headerBytesMax,
      gate: settings.gate, agenda: agenda)
  }

  /// Takes an order and readies the handle for it; why not, if that cannot be done.
  func begin(_ order: DeliveryOrder, at now: Int64) -> DeliveryResult? {
    self.order = order
    deadline = order.deadline.elapsed.clampedNanoseconds
    let left = (deadline - now) / 1_000_000
    guard left > 0 else {
      return .failed(.timeout, detail: "no time left for a request", mayHaveArrived: false)
    }
    var http = order.http
    do throws(SettingsFiles.Fault) {
      try http.refresh(from: files, at: now)
    } catch {
      return .local(error.description.asDetail)
    }
    guard let route = Route(to: order.request.url.exposed, settings: http) else {
      return .local("URL or server_name is malformed")
    }
    guard let own = ownHeaders(of: order) else { return .local("libcrypto makes no signature") }
    let lines: [String]
    let fixed = ["Content-Type: application/json"]
    switch HeaderLines(fixed: fixed, own, settings: http, host: route.hostHeader) {
    case .lines(let usable): lines = usable
    case .unusable(let name): return .local("header \(name) has a line break or a NUL")
    }
    ready(http, route, at: now)
    easy.post(
      order.body, to: route.url, headerLines: lines,
      method: order.request.method == .post ? nil : order.request.method.rawValue)
    guard let failure = arm(until: deadline, left: left, at: now) else { return nil }
    return .failed(failure.reason, detail: failure.detail, mayHaveArrived: false)
  }

  /// Gives the order back; the delivery is free then and holds nothing of it.
  func clear() {
    order = nil
    answer = nil
    bodyBytes = 0
    // The message is not kept in memory until the handle is used again.
    easy.set(body: [])
    detach()
  }

  override func received(head: ResponseHead) {
    answer = DeliveryAnswer(
      status: head.status,
      retryAfter: head.retryAfter.flatMap { RetryAfter.delay($0, at: settings.wallClock()) })
    let wait = answerBytes > 0 ? settings.graceForAnswer : settings.graceAfterHead
    cut(at: min(deadline, Clock.nanoseconds + wait.clampedNanoseconds))
  }

  private var answerBytes: Int { order?.request.answerBytes ?? 0 }

  override func received(body piece: Span<UInt8>) -> Bool {
    bodyBytes += piece.count
    let room = min(answerBytes, settings.bodyBytesMax) - (answer?.body.count ?? 0)
    for index in 0..<max(0, min(room, piece.count)) { answer?.body.append(piece[index]) }
    return bodyBytes <= settings.bodyBytesMax
  }

  /// A webhook's URL is its password.
  override func shown(_ words: String) -> String {
    guard let url = order?.request.url.exposed else { return words }
    var words = words
    for secret in [url, url.pathAndQuery] where secret.count > 1 {
      words = words.replacing(secret, with: "<secret>")
    }
    return words
  }
}

extension Delivery {
  private func ownHeaders(of order: DeliveryOrder) -> [(name: String, value: String)]? {
    var headers = [(name: "Idempotency-Key", value: order.idempotencyKey)]
    headers += order.request.headers.map { (name: $0.name, value: $0.value.exposed) }
    guard !order.request.signingSecrets.isEmpty else { return headers }
    let timestamp = "\(settings.wallClock().milliseconds / 1000)"
    headers.append((name: "X-Breakwater-Timestamp", value: timestamp))
    for (secret, name) in zip(order.request.signingSecrets, WebhookSignature.headers) {
      guard
        let signature = WebhookSignature.hex(
          secret: secret, timestamp: timestamp, body: order.body)
      else { return nil }
      headers.append((name: name, value: signature))
    }
    return headers
  }

  /// What came of the transfer that libcurl ended with `code`, or that the loop cuts with 28.
  func result(code: UInt32, at now: Int64) -> DeliveryResult {
    let http = order?.http
    if let answer {
      guard answer.status == 407, http?.proxyURL != nil else { return .answered(answer) }
      return .local("the proxy demands credentials (407)")
    }
    // Done without a head: an interim response was the last.
    let facts = facts(code: code == 0 ? 8 : code, at: now)
    let failure = facts.failure
    return .failed(
      failure.reason, detail: failure.detail, mayHaveArrived: wasSent(facts, failure.outcome))
  }

  /// Whether some of the request has left. A proxy's CONNECT counts as a request for libcurl, but
  /// is none; and who refuses our certificate has not read what came after it.
  private func wasSent(_ facts: TransferFacts, _ outcome: ProbeOutcome) -> Bool {
    let isInTunnel = facts.isHTTPS && facts.proxy == .http && facts.connects > 0
    if outcome == .tlsClientCert || isInTunnel && facts.appConnect == 0 { return false }
    return easy.long(CURLINFO_REQUEST_SIZE) > 0
  }
}

extension String {
  /// What follows the host of an absolute URL; empty when nothing does.
  fileprivate var pathAndQuery: String {
    guard let scheme = firstRange(of: "://") else { return "" }
    return String(self[scheme.upperBound...].drop { $0 != "/" && $0 != "?" })
  }
}

extension TransferFailure {
  /// Why there was no response, as receivers are told apart by.
  fileprivate var reason: DeliveryFailure {
    switch outcome {
    case .dnsError: .dns
    case .connectRefused, .connectUnreachable, .proxyError: .connect
    case .tlsUntrusted, .tlsExpired, .tlsHostMismatch, .tlsHandshake, .tlsClientCert: .tls
    case .dnsTimeout, .connectTimeout, .tlsTimeout, .timeout, .timeoutBody: .timeout
    case .internalError, .configError: .local
    default: .network
    }
  }
}
