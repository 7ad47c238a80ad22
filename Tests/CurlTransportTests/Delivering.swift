import CurlTransport
import Dispatch
import Notifications
import Signals
import Synchronization
import TestSupport

/// A deliverer, and what it has reported so far.
final class Delivering: Sendable {
  let deliverer: Deliverer
  private let collected: Collected

  private final class Collected: Sendable {
    let reports = Mutex<[DeliveryReport]>([])
  }

  init(_ change: (inout DelivererSettings) -> Void = { _ in }) throws {
    var settings = DelivererSettings(clientVersion: "1.2.3")
    // Sunday, 06 Nov 1994 08:49:37.5 GMT.
    settings.wallClock = { Timestamp(milliseconds: 784_111_777_500) }
    change(&settings)
    let collected = Collected()
    self.collected = collected
    deliverer = try Deliverer(settings: settings) { reports in
      collected.reports.withLock { $0 += reports }
    }
  }

  var reports: [DeliveryReport] { collected.reports.withLock { $0 } }

  /// The reports, as soon as there are so many; throws when there are too few after a minute.
  func reports(count: Int) async throws -> [DeliveryReport] {
    try await until("\(count) reports") { self.reports.count >= count }
    return reports
  }
}

/// A webhook as an order has it.
struct Hook {
  var url: Secret
  var http = HTTPSettings()
  var signingSecret: Secret?
  var nextSigningSecret: Secret?
}

func delivery(
  _ url: String, message: UInt64 = 1, body: String = "{}", timeout: Duration = .seconds(60),
  change: (inout Hook) -> Void = { _ in }
) -> DeliveryOrder {
  var hook = Hook(url: Secret(url))
  change(&hook)
  var webhook = WebhookSettings(url: hook.url)
  webhook.signingSecret = hook.signingSecret
  webhook.nextSigningSecret = hook.nextSigningSecret
  let now = MonotonicInstant(
    nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds))
  return DeliveryOrder(
    id: .message(message), attempt: 3, idempotencyKey: "key-\(message)",
    request: webhook.request(idempotencyKey: "key-\(message)"), http: hook.http,
    body: Array(body.utf8), deadline: now.advanced(by: timeout))
}

/// What came of one delivery by a deliverer of its own.
func deliver(
  to url: String, body: String = "{}", timeout: Duration = .seconds(60),
  change: (inout Hook) -> Void = { _ in }
) async throws -> DeliveryResult {
  let delivering = try Delivering()
  defer { delivering.deliverer.stop() }
  delivering.deliverer.start([delivery(url, body: body, timeout: timeout, change: change)])
  return try await delivering.reports(count: 1)[0].result
}

extension DeliveryResult {
  /// The result without its words: `200`, `dns`, or `network?` for one that may have arrived.
  var short: String {
    switch self {
    case .answered(let answer): "\(answer.status)"
    case .failed(let failure, _, let mayHaveArrived):
      failure.rawValue + (mayHaveArrived ? "?" : "")
    }
  }
  var detail: String {
    guard case .failed(_, let detail, _) = self else { return "" }
    return detail
  }
}
