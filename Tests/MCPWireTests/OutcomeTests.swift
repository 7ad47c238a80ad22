import MCPWire
import Signals
import TestSupport
import Testing

@Suite("Outcomes of HTTP and of the protocol")
struct OutcomeTests {
  /// A known server of the `initialize` revisions without sessions, freshly detected.
  static func memory() -> ServerMemory {
    var memory = ServerMemory()
    memory.transport = .streamableHTTP
    memory.protocolVersion = "2025-11-25"
    memory.detectedAt = Say.now
    memory.sessionID = "the-session"
    memory.lastRequestID = 0
    return memory
  }
  private func ping(_ reply: Reply, chunk: Int = 4096) throws -> ProbeResult {
    try run(ScriptedServer(chunk: chunk) { _ in reply }, Self.memory()).result
  }

  @Test(
    "a status decides when it is not 2xx",
    arguments: [
      (301, .redirectBlocked), (302, .redirectBlocked), (303, .redirectBlocked),
      (304, .redirectBlocked), (307, .redirectBlocked), (401, .authRequired), (403, .forbidden),
      (405, .methodNotAllowed), (406, .http4xx), (407, .proxyError), (408, .http4xx),
      (413, .http4xx), (415, .http4xx), (421, .hostRejected), (429, .rateLimited), (500, .http5xx),
      (501, .http5xx), (502, .badGateway), (503, .unavailable), (504, .badGateway),
      (505, .http5xx), (520, .badGateway), (524, .badGateway), (525, .http5xx),
      (101, .httpProtocolError), (600, .httpProtocolError), (-1, .httpProtocolError),
    ] as [(Int, ProbeOutcome)])
  func statuses(status: Int, outcome: ProbeOutcome) throws {
    for body in ["", "<html>", #"{"jsonrpc":"2.0","id":1,"result":{}}"#] {
      let result = try ping(Reply(status, "application/json", body))
      #expect(result.outcome == outcome)
      #expect(result.httpStatus == status)
      #expect(result.stage == .ping)
    }
  }

  @Test(
    "a JSON-RPC error explains a 4xx, and is outranked by the others",
    arguments: [
      (406, .jsonrpcError), (413, .jsonrpcError), (401, .authRequired), (403, .forbidden),
      (405, .methodNotAllowed), (429, .rateLimited), (500, .http5xx), (503, .unavailable),
    ] as [(Int, ProbeOutcome)])
  func explained(status: Int, outcome: ProbeOutcome) throws {
    let result = try ping(Say.error(-32600, "because", id: "null", status: status))
    #expect(result.outcome == outcome)
    #expect(result.jsonrpcCode == -32600)
    #expect(result.httpStatus == status)
    #expect(result.detail.contains("because"))
  }

  @Test(
    "a 2xx that is no response",
    arguments: [
      (Reply(202), .responseMissing), (Reply(202, "text/plain", "Accepted"), .responseMissing),
      (Reply(204), .responseMissing), (Reply(200), .responseMissing),
      (.json(""), .responseMissing), (.json(" \r\n"), .responseMissing),
      (Reply(200, "text/event-stream", ""), .responseMissing),
      (Reply(200, "text/html", "<html>hello"), .notMCP), (.text("ok", status: 200), .notMCP),
      (Reply(200, nil, "{\"jsonrpc\":"), .notMCP), (Reply(200, nil, "{}"), .notMCP),
      (Reply(200, "text/plain", #"{"jsonrpc":"2.0","id":9,"result":{}}"#), .notMCP),
      (.json("{}"), .notMCP), (.json("[]"), .notMCP), (.json("7"), .notMCP),
      (.json(#"{"id":1,"result":{}}"#), .notMCP), (.json(#"{"status":"ok"}"#), .notMCP),
      (.json("<html>"), .malformedJSON), (.json("{"), .malformedJSON),
      (.json(#"{"jsonrpc":"2.0","id":1,"result":{}} x"#), .malformedJSON),
      (.json(#"{"jsonrpc":"2.0","id":1,"result":NaN}"#), .malformedJSON),
      (.json(String(repeating: "[", count: 5000)), .malformedJSON),
      (.json(#"{"jsonrpc":"2.0","id":2,"result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":null,"result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1.5,"result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":7.0,"result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1e0,"result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":[1],"result":{}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"result":null}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"result":[]}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"result":"ok"}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"error":"no"}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"error":{"code":1e400}}"#), .jsonrpcInvalid),
      (.json(#"{"jsonrpc":"2.0","id":1,"error":{"message":"?"}}"#), .jsonrpcInvalid),
      (.json(#"[{"jsonrpc":"2.0","id":7,"result":{}}]"#), .jsonrpcInvalid),
      (.event(#"{"jsonrpc":"2.0","id":1,"result":[]}"#), .jsonrpcInvalid),
      (.event("not json"), .malformedJSON), (.event(#"{"jsonrpc":"2.0","id":7}"#), .sseClosed),
      (.event(#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#), .sseClosed),
      (Reply(200, "text/event-stream", ": ping\n\n"), .sseClosed),
    ] as [(Reply, ProbeOutcome)])
  func protocolTrouble(reply: Reply, outcome: ProbeOutcome) throws {
    for chunk in [1, 3, 4096] {
      let result = try ping(reply, chunk: chunk)
      #expect(result.outcome == outcome)
      #expect(result.httpStatus == reply.head.status)
      #expect(result.detail.hasPrefix("ping: "))
    }
  }

  @Test(
    "our response is recognised in many shapes",
    arguments: [
      (.json(#"{"jsonrpc":"2.0","id":1,"result":{}}"#), []),
      (.json("\u{feff} {\"result\":{\"a\":[1,{}]},\"id\":1,\"jsonrpc\":\"2.0\"}\n"), []),
      (.json(#"{"jsonrpc":"2.0","id":"1","result":{}}"#), [.idTypeWrong]),
      (.json(#"{"jsonrpc":"2.0","id":1.0,"result":{}}"#), [.idTypeWrong]),
      (.json(#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#), []),
      (
        .json(
          #"""
          [{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":1,"method":"ping"},3,
          {"jsonrpc":"2.0","id":1,"result":{}}]
          """#
        ), []
      ),
      (
        Reply(200, "Application/JSON ; charset=utf-8", #"{"jsonrpc":"2.0","id":1,"result":{}}"#), []
      ),
      (Reply(200, "text/plain", #"{"jsonrpc":"2.0","id":1,"result":{}}"#), [.contentTypeWrong]),
      (
        Reply(200, nil, #"  {"jsonrpc":"2.0","id":"1","result":{}}"#),
        [.contentTypeWrong, .idTypeWrong]
      ),
      (.event(#"{"jsonrpc":"2.0","id":1,"result":{}}"#), []),
      (.event(#"[{"jsonrpc":"2.0","id":"1","result":{}}]"#), [.idTypeWrong]),
      (
        Reply(200, "TEXT/EVENT-STREAM", #"data: {"jsonrpc":"2.0","id":1,"result":{}}"#),
        [.sseUnterminated]
      ),
      (
        Reply(
          200, "text/event-stream",
          "data: garbage\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"), []
      ),
    ] as [(Reply, [ProbeWarning])])
  func accepted(reply: Reply, warnings: [ProbeWarning]) throws {
    for chunk in [1, 2, 5, 4096] {
      let result = try ping(reply, chunk: chunk)
      #expect(result.outcome == .ok)
      #expect(result.warnings == warnings)
    }
  }

  @Test(
    "an error may name no id, when it is the whole body",
    arguments: ["null", "\"server-error\"", nil])
  func namelessErrors(id: String?) throws {
    let id = id.map { "\"id\":\($0)," } ?? ""
    let result = try ping(
      .json("{\"jsonrpc\":\"2.0\",\(id)\"error\":{\"code\":-32603,\"message\":\"m\"}}"))
    #expect(result.outcome == .jsonrpcError)
    #expect(result.jsonrpcCode == -32603)
  }

  @Test("a transfer's own failure passes through", arguments: ProbeOutcome.allCases)
  func transfers(outcome: ProbeOutcome) throws {
    let result = try ping(.failure(outcome, stage: .connect))
    #expect(result.outcome == outcome)
    #expect(result.stage == .connect)
    #expect(result.httpStatus == nil)
    #expect(result.detail == "ping: broken")
  }

  @Test(
    "a body that breaks off",
    arguments: [
      (.json("{\"jsonrpc\":").cut(.truncated), .truncated),
      (.json("{\"jsonrpc\":").cut(.timeoutBody), .timeoutBody),
      (Reply(200, "text/event-stream", ": ping\n\n").cut(.timeoutBody), .timeoutBody),
      (Reply(200, "text/event-stream", ": ping\n\n").cut(.truncated), .sseClosed),
      (Reply(200, "text/event-stream", "data: {\"jsonrp").cut(.connectionClosed), .sseClosed),
      (Reply(503, "text/html", "<html").cut(.truncated), .truncated),
      (.event(#"{"jsonrpc":"2.0","id":1,"result":{}}"#).cut(.truncated), .ok),
    ] as [(Reply, ProbeOutcome)])
  func cuts(reply: Reply, outcome: ProbeOutcome) throws {
    #expect(try ping(reply).outcome == outcome)
  }

  @Test("bodies over a MiB are too large, by JSON or by stream")
  func tooLarge() throws {
    let padding = String(repeating: "x", count: 1 << 20)
    for reply in [
      Reply.json(#"{"jsonrpc":"2.0","id":1,"result":{"x":"\#(padding)"}}"#), .event(padding),
      Reply(200, "text/event-stream", String(repeating: ": ping\n\n", count: 140_000)),
    ] {
      let result = try ping(reply)
      #expect(result.outcome == .responseTooLarge)
      #expect(result.verdict == .neutral)
    }
  }

  @Test("only the beginning of an error page is read")
  func errorPages() throws {
    var script = ProbeScript(
      target: ProbeTarget(url: "http://mcp.test/"), memory: Self.memory(), purpose: .liveness,
      clientVersion: "0", now: Say.now)
    _ = script.next()
    script.received(head: ResponseHead(status: 500))
    let page = [UInt8](repeating: UInt8(ascii: "x"), count: 16_384)
    #expect(script.received(body: page.span) == .more)
    #expect(script.received(body: page.span) == .more)
    #expect(script.received(body: page.span) == .more)
    #expect(script.received(body: page.span) == .enough)
  }

  @Test("a page that cannot be JSON is not read to its end")
  func hopelessPages() throws {
    var script = ProbeScript(
      target: ProbeTarget(url: "http://mcp.test/"), memory: Self.memory(), purpose: .liveness,
      clientVersion: "0", now: Say.now)
    _ = script.next()
    var head = ResponseHead(status: 200)
    head.contentType = "text/html"
    script.received(head: head)
    #expect(script.received(body: Array(" ".utf8).span) == .more)
    #expect(script.received(body: Array("<".utf8).span) == .enough)
  }

  @Test("a stream is enough as soon as our response is there")
  func enough() {
    var script = ProbeScript(
      target: ProbeTarget(url: "http://mcp.test/"), memory: Self.memory(), purpose: .liveness,
      clientVersion: "0", now: Say.now)
    _ = script.next()
    var head = ResponseHead(status: 200)
    head.contentType = "text/event-stream"
    script.received(head: head)
    #expect(
      script.received(body: Array(": hello\n\ndata: {\"jsonrpc\":\"2.0\",".utf8).span) == .more)
    #expect(script.received(body: Array("\"id\":1,\"result\":{}}\n".utf8).span) == .more)
    #expect(script.received(body: Array("\n: more".utf8).span) == .enough)
    #expect(script.received(body: Array("data: x\n\n".utf8).span) == .enough)
    script.finished(.failed(TransferFailure(outcome: .timeoutBody, detail: "")))
    guard case .finish(let result) = script.next() else {
      Issue.record("no end")
      return
    }
    #expect(result.outcome == .ok)
  }

  @Test(
    "Retry-After is kept between a second and an hour",
    arguments: [
      ("7", 7), ("0", 1), ("-5", nil), ("999999", 3600), ("99999999999999999999", 3600), ("", nil),
      ("Wed, 21 Oct 2026 07:28:00 GMT", nil), ("1.5", nil), (" 30 ", 30),
    ] as [(String, Int?)])
  func retryAfter(text: String, seconds: Int?) throws {
    for status in [429, 503] {
      let result = try ping(Reply(status).retry(after: text))
      #expect(result.retryAfter == seconds.map { .seconds($0) })
    }
  }

  @Test("every outcome has its advice, in a sentence or two", arguments: ProbeOutcome.allCases)
  func advice(outcome: ProbeOutcome) {
    #expect(outcome.advice.hasSuffix(".") || outcome.advice.hasSuffix("?"))
    #expect((10...160).contains(outcome.advice.count))
  }
}
