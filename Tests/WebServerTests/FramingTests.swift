import TestSupport
import Testing
import WebServer

/// Where a request ends (RFC 9112): what two readers could see in two ways is refused, and nothing
/// behind it is answered.
struct FramingTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let request: String
    /// Of the answers, in order; the last one is the connection's.
    var statuses = [400]

    var testDescription: String { name }
  }

  /// What an attacker would have answered, or not, behind each of them.
  private static let smuggled = "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"

  private static func post(_ fields: String, body: String = "") -> String {
    "POST /-/reload HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
  }
  private static func get(_ fields: String) -> String {
    "GET /-/healthy HTTP/1.1\r\n\(fields)\r\n\r\n"
  }

  private static let lengths: [Row] = [
    Row(
      name: "length and chunks",
      request: post("Content-Length: 6\r\nTransfer-Encoding: chunked", body: "0\r\n\r\nG")),
    Row(
      name: "chunks and length",
      request: post("Transfer-Encoding: chunked\r\nContent-Length: 6", body: "0\r\n\r\nG")),
    Row(name: "two lengths", request: post("Content-Length: 0\r\nContent-Length: 44")),
    Row(name: "the same length twice", request: post("Content-Length: 0\r\nContent-Length: 0")),
    Row(name: "a list of lengths", request: post("Content-Length: 0, 0")),
    Row(name: "+", request: post("Content-Length: +0")),
    Row(name: "-", request: post("Content-Length: -0")),
    Row(name: "hexadecimal", request: post("Content-Length: 0x0")),
    Row(name: "a fraction", request: post("Content-Length: 0.0")),
    Row(name: "two numbers", request: post("Content-Length: 0 44")),
    Row(name: "no number", request: post("Content-Length:")),
    Row(name: "a NUL", request: post("Content-Length: 0\u{0}")),
    Row(name: "a vertical tab", request: post("Content-Length: \u{b}0")),
    Row(name: "too large for 64 bits", request: post("Content-Length: 18446744073709551616")),
    Row(name: "2^63", request: post("Content-Length: 9223372036854775808")),
    Row(name: "other digits", request: post("Content-Length: \u{ff10}")),
  ]

  private static let codings: [Row] =
    [
      "xchunked", "chunked, chunked", "identity", "chunked, identity", "gzip, chunked", "gzip",
      "\"chunked\"", "chunked;q=1", "chunked\u{0}", "\u{b}chunked", "chun\tked", "chunke\u{212a}",
      "",
    ].map { coding in
      Row(
        name: "Transfer-Encoding: \(coding.debugDescription)",
        request: post("Transfer-Encoding: \(coding)", body: "0\r\n\r\n"))
    } + [
      Row(
        name: "Transfer-Encoding twice",
        request: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n")
      ),
      Row(
        name: "Transfer-Encoding and another",
        request: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", body: "0\r\n\r\n")),
      Row(name: "space before the colon", request: post("Transfer-Encoding : chunked")),
      Row(
        name: "chunks in HTTP/1.0",
        request: "POST /-/reload HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

  private static let chunks: [Row] = [
    "x\r\n\r\n", "0x0\r\n\r\n", "-0\r\n\r\n", "+0\r\n\r\n", " 0\r\n\r\n", "0 x\r\n\r\n", "\r\n",
    "fffffffffffffffff\r\n", "10000000000000000\r\n", "1\r\nab\r\n0\r\n\r\n", "1\r\na0\r\n\r\n",
    "1\na\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1;x\ny\r\na\r\n0\r\n\r\n",
    "1;x\ry\r\na\r\n0\r\n\r\n",
    "0\n\r\n", "0\r\n\n", "1_0\r\n\r\n", "\u{ff11}\r\n\r\n", "0\r\nX : y\r\n\r\n",
    "0\r\n x\r\n\r\n",
  ].map { body in
    Row(
      name: "chunks \(body.debugDescription)",
      request: post("Transfer-Encoding: chunked", body: body))
  }

  private static let heads: [Row] = [
    Row(name: "no host", request: "GET /-/healthy HTTP/1.1\r\n\r\n"),
    Row(name: "two hosts", request: get("Host: a\r\nHost: a")),
    Row(name: "two other hosts", request: get("Host: a\r\nhost: b")),
    Row(name: "a list of hosts", request: get("Host: a, b")),
    Row(name: "a host with a user", request: get("Host: a@b")),
    Row(name: "a host with a path", request: get("Host: a/b")),
    Row(name: "another host in the target", request: "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "another scheme", request: "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "folded", request: get("Host: a\r\nX: y\r\n z")),
    Row(name: "folded first", request: "GET /-/healthy HTTP/1.1\r\n Host: a\r\n\r\n"),
    Row(name: "space before a colon", request: get("Host: a\r\nX : y")),
    Row(name: "a name with NUL", request: get("Host: a\r\nX\u{0}: y")),
    Row(name: "a value with NUL", request: get("Host: a\r\nX: \u{0}")),
    Row(name: "a value with a bell", request: get("Host: a\r\nX: \u{7}")),
    Row(name: "a value with CR", request: get("Host: a\r\nX: a\rHost: b")),
    Row(name: "no name", request: get("Host: a\r\n: y")),
    Row(name: "no colon", request: get("Host: a\r\nX")),
    Row(name: "HTTP/0.9", request: "GET /-/healthy\r\n\r\n"),
    Row(name: "HTTP/1.2", request: "GET /-/healthy HTTP/1.2\r\nHost: a\r\n\r\n"),
    Row(name: "HTTP/2", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Row(name: "HTTP/01.1", request: "GET /-/healthy HTTP/01.1\r\nHost: a\r\n\r\n"),
    Row(name: "http/1.1", request: "GET /-/healthy http/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "a tab in the line", request: "GET\t/-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "a NUL in the target", request: "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "a bell in the target", request: "GET /\u{7} HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "BREW", request: "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "get", request: "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(
      name: "a method of 100 letters",
      request: String(repeating: "G", count: 100) + " / HTTP/1.1\r\nHost: a\r\n\r\n"),
  ]

  /// What is read in one way only.
  private static let plain: [Row] = [
    Row(name: "another protocol", request: get("Host: a\r\nUpgrade: h2c"), statuses: [200]),
    Row(
      name: "another protocol, asked for", statuses: [200],
      get("Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c")),
    Row(name: "a tunnel", statuses: [400], "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "OPTIONS *", statuses: [400, 404], "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "OPTIONS", statuses: [405, 404], "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "TRACE", statuses: [405, 404], "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "a whole URL", statuses: [200, 404], "GET http://A/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Row(name: "a body for GET", statuses: [200, 404], get("Host: a\r\nContent-Length: 2") + "ab"),
    Row(
      name: "chunks in capitals", statuses: [403, 404],
      post("TRANSFER-ENCODING: CHUNKED", body: "1;x=y\r\na\r\n0\r\nX: y\r\n\r\n")),
    Row(name: "empty lines before", statuses: [200, 404], "\r\n\r\n" + get("Host: a")),
    Row(name: "no host in HTTP/1.0", statuses: [200], "GET /-/healthy HTTP/1.0\r\n\r\n"),
    Row(
      name: "a compressed body", statuses: [415],
      post("Content-Encoding: gzip\r\nContent-Length: 0")),
    Row(
      name: "a body that is not compressed", statuses: [403, 404],
      post("Content-Encoding: identity\r\nContent-Length: 0")),
  ]

  private static func shorten(_ settings: inout WebSettings) {
    settings.bounds.bodyTimeout = .seconds(1)
    settings.bounds.idleTimeout = .seconds(1)
  }

  @Test(arguments: lengths + codings + chunks + heads + plain)
  func `one request is one request`(row: Row) async throws {
    try await serving(FakeAgent(), Self.shorten) { peer in
      let all = try await peer.exchange(row.request + Self.smuggled)
      let answers = all.matches(of: /HTTP\/1\.1 (\d+)/).map { Int($0.1) }
      #expect(answers == row.statuses, "\(row.request.debugDescription): \(all)")
    }
  }

  @Test func `a head that is too large is told so`() async throws {
    try await serving(FakeAgent()) { peer in
      let rows = [
        ("GET /?\(String(repeating: "x", count: 9 << 10)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (
          "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 17 << 10))\r\n\r\n", 431
        ),
        (
          "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\nConnection: close\r\n\r\n", 413),
      ]
      for (request, status) in rows {
        let port = peer.port
        let answer = try await offPool {
          let client = try RawClient(port: port)
          try client.send(request)
          return try client.response()
        }
        #expect(answer.status == status)
        #expect(answer.text.contains(#""status":"error""#))
      }
      let page = MetricsPage(try await peer.get("/metrics").text)
      for (reason, count) in [("head", 2.0), ("url", 1), ("body", 1), ("syntax", 0)] {
        let found = page.value("breakwater_web_requests_refused_total", ["reason": reason])
        #expect(found == count, "\(reason)")
      }
    }
  }
}

extension FramingTests.Row {
  fileprivate init(name: String, statuses: [Int], _ request: String) {
    self.init(name: name, request: request, statuses: statuses)
  }
}
