import Notifications
import Signals
import Testing

@Suite struct RetryPolicies {
  /// A result, refusals before it, and what follows: a wait in seconds, `backoff`, an end.
  static let cases: [(DeliveryResult, Int, String)] = [
    (.status(200), 0, "delivered"), (.status(204), 2, "delivered"), (.status(299), 0, "delivered"),
    (.status(301), 0, "120 client_error"), (.status(307), 1, "480 client_error"),
    (.status(302), 2, "end client_error"),
    (.status(400), 0, "120 client_error"), (.status(404), 1, "480 client_error"),
    (.status(413), 0, "end too_large"), (.status(404), 9, "end client_error"),
    (.status(401), 0, "120 auth_error"), (.status(403), 2, "end auth_error"),
    (.status(410), 0, "end client_error"),
    (.status(408), 5, "backoff timeout"), (.status(425), 0, "backoff client_error"),
    (.status(429), 0, "backoff rate_limited"),
    (.status(500), 7, "backoff server_error"), (.status(503), 0, "backoff server_error"),
    (.status(100), 0, "backoff server_error"), (.status(799), 0, "backoff server_error"),
    (.answered(status: 429, retryAfter: .seconds(7)), 0, "7 rate_limited"),
    (.answered(status: 503, retryAfter: .seconds(600)), 0, "600 server_error"),
    (.answered(status: 503, retryAfter: .seconds(1_000_000_000)), 0, "3600 server_error"),
    (.answered(status: 429, retryAfter: .zero), 0, "1 rate_limited"),
    (.answered(status: 404, retryAfter: .seconds(7)), 0, "120 client_error"),
    (.refusedConnection, 0, "backoff network"), (.lost, 0, "backoff timeout"),
    (.failed(.dns, detail: "", mayHaveArrived: false), 2, "backoff network"),
    (.failed(.tls, detail: "", mayHaveArrived: false), 2, "backoff network"),
    (.failed(.network, detail: "", mayHaveArrived: true), 2, "backoff network"),
    (.failed(.local, detail: "", mayHaveArrived: false), 2, "backoff local"),
  ]

  @Test(arguments: cases)
  func `what follows a try`(result: DeliveryResult, refusals: Int, follows: String) {
    let decision = RetryPolicy.decision(
      after: result, result.meaning, attempt: 1, refusals: refusals, key: "k")
    switch decision {
    case .delivered: #expect(follows == "delivered")
    case .giveUp(let reason): #expect(follows == "end \(reason.rawValue)")
    case .again(let wait, let reason) where follows.hasPrefix("backoff"):
      #expect(follows == "backoff \(reason.rawValue)")
      #expect(wait >= .zero && wait <= .seconds(1))
    case .again(let wait, let reason):
      #expect(follows == "\(Int(wait.inSeconds)) \(reason.rawValue)")
    }
  }

  @Test func `the backoff is spread over a range that doubles up to five minutes`() {
    for (attempt, ceiling) in [(1, 1.0), (2, 2), (5, 16), (9, 256), (10, 300), (10_000, 300)] {
      let waits = (0..<200).map { number -> Double in
        guard
          case .again(let wait, _) = RetryPolicy.decision(
            after: .unavailable, DeliveryResult.unavailable.meaning, attempt: attempt, refusals: 0,
            key: "agent-\(number)")
        else { return -1 }
        return wait.inSeconds
      }
      #expect(waits.allSatisfy { $0 >= 0 && $0 <= ceiling })
      let mean = waits.reduce(0, +) / 200
      #expect(mean > ceiling * 0.4 && mean < ceiling * 0.6, "attempt \(attempt): mean \(mean)")
    }
  }
}
