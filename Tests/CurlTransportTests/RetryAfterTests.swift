import Agent
import CurlTransport
import MCPWire
import Signals
import TestSupport
import Testing

@Suite struct RetryAfterTests {
  /// Sunday, 06 Nov 1994 08:49:37 GMT.
  private let now = Timestamp(milliseconds: 784_111_777_000)

  @Test(
    arguments: [
      ("0", 0), ("7", 7), ("007", 7), ("3600", 3600), ("1000000000", 1_000_000_000),
      ("99999999999999999999", Int64.max),
      ("Sun, 06 Nov 1994 08:49:38 GMT", 1), ("Mon, 07 Nov 1994 08:49:37 GMT", 86_400),
      ("Sunday, 06-Nov-94 08:50:37 GMT", 60), ("Sun Nov  6 09:49:37 1994", 3600),
      ("Fri Nov 11 08:49:37 1994", 5 * 86_400), ("Wed, 01 Mar 1995 08:49:37 GMT", 115 * 86_400),
      ("Thu, 29 Feb 1996 08:49:37 GMT", 480 * 86_400),
      ("Sun, 06 Nov 2044 08:49:37 GMT", 18_263 * 86_400),
    ] as [(String, Int64)])
  func theseFormsAreUnderstood(text: String, seconds: Int64) {
    #expect(RetryAfter.delay(text, at: now) == .seconds(seconds))
  }

  @Test(arguments: [
    "", " ", "-5", "+5", "7.5", "1e9", "0x10", "soon", "7 s", "7s",
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT", "Sat Nov  5 08:49:37 1994",
    "Sunday, 06-Nov-93 08:50:37 GMT", "Sunday, 06-Nov-50 08:50:37 GMT",
    "Sun, 06 Nov 2044 08:49:37 CET", "Sun, 06 Nov 2044 24:49:37 GMT",
    "Sun, 32 Nov 2044 08:49:37 GMT", "Sun, 06 Foo 2044 08:49:37 GMT", "2044-11-06T08:49:37Z",
    "Foo, 06 Nov 2044 08:49:37 GMT", "Sun, 06 Nov 2044 08:49 GMT", "Sun, 06 Nov 204 08:49:37 GMT",
    "Sun, 06 Nov 2044 08:49:37 GMT and a great deal more that nobody asked for",
  ])
  func othersSayNothing(text: String) {
    #expect(RetryAfter.delay(text, at: now) == nil)
  }

  @Test func yearsOfTwoDigitsAreNear() {
    let now = Timestamp(milliseconds: 1_795_000_000_000)
    #expect(RetryAfter.delay("Friday, 31-Dec-99 23:59:59 GMT", at: now) == nil)
    #expect(RetryAfter.delay("Friday, 31-Dec-26 23:59:59 GMT", at: now) != nil)
  }

  /// A wait that a server asks for by date is counted from our clock.
  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:51:37 GMT", Duration.seconds(120)), ("17", .seconds(17)),
    ("Sunday, 06-Nov-94 08:49:39 GMT", .seconds(2)), ("Sun Nov  6 12:00:00 1994", .seconds(3600)),
    ("Sun, 06 Nov 1994 08:00:00 GMT", nil), ("soon", nil),
  ])
  func aWaitMayBeADate(text: String, wait: Duration?) async throws {
    let server = LoopbackServer { peer in
      while peer.readRequest() != nil {
        peer.send(
          response("429 Too Many Requests", headers: ["Retry-After: \(text)"], body: "slowly"))
      }
    }
    let probing = try Probing {
      // Sunday, 06 Nov 1994 08:49:37.5 GMT.
      $0.wallClock = { Timestamp(milliseconds: 784_111_777_500) }
    }
    defer {
      server.stop()
      probing.prober.stop()
    }
    probing.prober.start([try order(server.url)])
    let result = try #require(try await probing.reports(count: 1).first).result
    #expect(result.outcome == .rateLimited)
    #expect(result.retryAfter == wait)
  }
}
