import MCPWire
import Signals
import TestSupport
import Testing

/// Damaged answers through the whole script: it never traps, and always ends.
@Suite("Damaged answers")
struct FuzzTests {
  private static let purposes: [ProbePurpose] = [.liveness, .catalogue, .endSession]

  @Test("any damage in any cut ends in an outcome", arguments: 1...8)
  func damaged(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var memory = ServerMemory()
    for round in 0..<400 {
      let legacy = LegacyServer()
      let isModern = Bool.random(using: &random)
      let damage = Int.random(in: 0...3, using: &random)
      var dice = SeededRandom(seed: random.next())
      let server = ScriptedServer(chunk: Int.random(in: 1...200, using: &random)) { request in
        var reply = isModern && request.stage == .discover ? Say.discovered : legacy.answer(request)
        for _ in 0..<Int.random(in: 0...damage, using: &dice) { Self.spoil(&reply, &dice) }
        return reply
      }
      var target = ProbeTarget(url: "http://mcp.test/mcp")
      target.expectsAuth = Int.random(in: 0..<10, using: &random) == 0
      let purpose = Self.purposes[Int.random(in: 0..<3, using: &random)]
      let probe = try run(server, memory, purpose, target: target, after: round * 60)
      #expect(probe.requests.count <= ProbeScript.requestsMax)
      #expect(probe.result.detail.count <= 200)
      #expect(probe.result.outcome == .ok || !probe.result.detail.isEmpty)
      #expect((probe.result.tools == nil) == (probe.result.catalogue == nil))
      for tool in probe.result.tools ?? [] { #expect(Self.isFit(tool)) }
      memory = Int.random(in: 0..<5, using: &random) == 0 ? ServerMemory() : probe.result.memory
    }
  }

  @Test("bytes without sense are never JSON that traps", arguments: 1...4)
  func noise(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let alphabet = Array("{}[]\",:\\u0123dDeE+-.truefalsn \n\u{1}é".utf8)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...40, using: &random)
      let bytes = (0..<length).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      var skipping = JSONReader(bytes)
      let isSkipped = (try? skipping.skipValue()) != nil
      var visiting = JSONReader(bytes)
      let isVisited = (try? visit(&visiting)) != nil
      #expect(isSkipped == isVisited)
      if isSkipped { #expect(skipping.position == visiting.position) }
    }
  }

  /// Reads everything that can be read, the slow way.
  private func visit(_ reader: inout JSONReader) throws(JSONProblem) {
    switch try reader.kind() {
    case .object:
      try reader.forEachMember { member, _ throws(JSONProblem) in try visit(&member) }
    case .array: try reader.forEachElement { element throws(JSONProblem) in try visit(&element) }
    case .string: _ = try reader.string(limit: 8)
    case .number: _ = try reader.integer()
    case .bool, .null: try reader.skipValue()
    }
  }

  /// Whether a tool is one to keep: no control characters, a schema that is JSON.
  private static func isFit(_ tool: ToolListing) -> Bool {
    let texts = tool.name + (tool.description ?? "")
    var schema = JSONReader(Array((tool.inputSchema ?? "{}").utf8))
    return !tool.name.isEmpty && tool.name.unicodeScalars.count <= 255
      && !texts.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }
      && (try? schema.skipValue()) != nil && (try? schema.expectEnd()) != nil
  }

  private static let fragments = [
    "{\"name\":\"t\",\"inputSchema\":{\"a\":[]}},", "\"description\":\"\\u0000\",",
    "\"inputSchema\":{},", "\"name\":\"b\",",
    "null", "{}", "[]", "\"\"", "1e400", "-", "\u{feff}", "\r\n\r\n", "data: ", ":", "\\ud800",
    "99999999999999999999", "\"id\":1", "\"method\":\"x\",", "\"nextCursor\":\"a\",",
    "\"error\":{\"code\":-32601},", "\"supportedVersions\":[\"2025-11-25\"],", "[[[[[[[[",
  ]

  private static func spoil(_ reply: inout Reply, _ dice: inout SeededRandom) {
    let count = reply.body.count
    let place = Int.random(in: 0...count, using: &dice)
    switch Int.random(in: 0..<12, using: &dice) {
    case 0 where count > 0:
      reply.body[min(place, count - 1)] = UInt8.random(in: 0...255, using: &dice)
    case 1:
      reply.body.removeSubrange(place..<min(count, place + Int.random(in: 1...20, using: &dice)))
    case 2:
      let fragment = fragments[Int.random(in: 0..<fragments.count, using: &dice)]
      reply.body.insert(contentsOf: fragment.utf8, at: place)
    case 3: reply.body = Array(reply.body.prefix(place))
    case 4: reply.body += reply.body
    case 5:
      let statuses = [
        100, 200, 202, 204, 301, 307, 400, 401, 403, 404, 405, 421, 429, 500, 503, 999,
      ]
      reply.head.status = statuses[Int.random(in: 0..<statuses.count, using: &dice)]
    case 6:
      let types = [nil, "application/json", "text/event-stream", "text/html", ";;", "\u{0}"]
      reply.head.contentType = types[Int.random(in: 0..<types.count, using: &dice)]
    case 7:
      let urls = [nil, "", "http://mcp.test/x", "http://", "x", "http://mcp.test:99999/"]
      reply.end = .complete(redirectURL: urls[Int.random(in: 0..<urls.count, using: &dice)])
      reply.head.status = 307
    case 8:
      let outcomes = ProbeOutcome.allCases.filter { $0 != .ok }
      let outcome = outcomes[Int.random(in: 0..<outcomes.count, using: &dice)]
      reply.end = .failed(TransferFailure(outcome: outcome, detail: "broken"))
      reply.isSilent = Bool.random(using: &dice)
    case 9: reply.head.sessionID = ["", "a b", "ok", "\u{7f}"][Int.random(in: 0..<4, using: &dice)]
    case 10: reply.head.retryAfter = "9999999999999999999999"
    default: reply.head.challenges.append("Bearer a=\"\\")
    }
  }
}
