import MCPWire
import Signals

/// Answers of a server, through the whole script: it ends, its result is bounded and clean, and
/// does not depend on how the bytes were cut.
public enum AnswerFuzz {
  /// Stands between two answers.
  public static let separator: UInt8 = 0x1e

  private static let statuses = [
    200, 200, 200, 200, 202, 204, 400, 401, 403, 404, 405, 429, 500, 503,
  ]
  private static let types = [
    "application/json", "application/json", "text/event-stream", "text/html", nil,
  ]
  private static let purposes: [ProbePurpose] = [.liveness, .catalogue, .catalogue, .endSession]

  /// What does not hold; nil when all does. The first bytes choose what is known of the server and
  /// what is asked; each answer begins with one for its status and one for its media type.
  public static func problem(with bytes: [UInt8]) -> String? {
    guard bytes.count > 2 else { return nil }
    let answers = bytes.dropFirst(3).split(separator: separator, omittingEmptySubsequences: false)
      .map(Array.init)
    let whole = play(bytes, answers, piece: 1 << 20)
    let single = play(bytes, answers, piece: 1)
    guard let whole, let single else { return "no end after \(ProbeScript.requestsMax) requests" }
    if let problem = blemish(of: whole) { return problem }
    let isSame =
      whole.outcome == single.outcome && whole.memory == single.memory
      && whole.catalogue == single.catalogue && whole.tools == single.tools
    return isSame ? nil : "as a whole \(whole), byte by byte \(single)"
  }

  private static func play(
    _ bytes: [UInt8], _ answers: [[UInt8]], piece: Int
  ) -> ProbeResult? {
    var target = ProbeTarget(url: "http://mcp.test/mcp")
    target.expectsAuth = bytes[2] % 8 == 7
    target.transport =
      TransportSetting.allCases[Int(bytes[2] / 8) % TransportSetting.allCases.count]
    var script = ProbeScript(
      target: target, memory: memory(bytes[0]),
      purpose: purposes[Int(bytes[1]) % purposes.count], clientVersion: "1",
      now: MonotonicInstant(elapsed: .seconds(1_000_000)))
    var stream = EventStreamParser(limit: 1 << 20)
    // What is waited for takes a turn too.
    for number in 0...2 * ProbeScript.requestsMax {
      // The last answer goes on for ever.
      let answer = answers[min(number, answers.count - 1)]
      switch script.next() {
      case .finish(let result): return result
      case .send: give(answer, to: &script, piece: piece)
      case .open:
        stream = EventStreamParser(limit: 1 << 20)
        open(answer, &stream, of: &script, piece: piece)
      case .wait:
        push(answer, through: &stream, into: &script, piece: piece)
        if script.awaited != nil { script.waitedInVain() }
      }
    }
    guard case .finish(let result) = script.next() else { return nil }
    return result
  }

  private static func give(_ answer: [UInt8], to script: inout ProbeScript, piece: Int) {
    script.received(head: head(of: answer))
    let body = Array(answer.dropFirst(2))
    var start = 0
    while start < body.count {
      let end = min(start + piece, body.count)
      switch script.received(body: body.span.extracting(start..<end)) {
      case .more: start = end
      case .enough: return script.finished(.complete(redirectURL: nil))
      case .tooLarge:
        let failure = TransferFailure(outcome: .responseTooLarge, detail: "over its bound")
        return script.finished(.failed(failure))
      }
    }
    script.finished(.complete(redirectURL: nil))
  }

  /// The stream of the old transport begins with this answer, or is refused with it.
  private static func open(
    _ answer: [UInt8], _ stream: inout EventStreamParser, of script: inout ProbeScript, piece: Int
  ) {
    let head = head(of: answer)
    script.opened(head: head)
    if head.status == 200, head.contentType == "text/event-stream" {
      return push(answer, through: &stream, into: &script, piece: piece)
    }
    let body = Array(answer.dropFirst(2))
    _ = script.refused(body: body.span)
    _ = script.streamEnded(.complete(redirectURL: nil))
  }

  private static func push(
    _ answer: [UInt8], through stream: inout EventStreamParser, into script: inout ProbeScript,
    piece: Int
  ) {
    let body = Array(answer.dropFirst(2))
    for start in stride(from: 0, to: body.count, by: piece) {
      let chunk = body.span.extracting(start..<min(start + piece, body.count))
      var position = 0
      while let event = stream.nextEvent(in: chunk, from: &position) {
        _ = script.received(event: event)
      }
    }
  }

  private static func head(of answer: [UInt8]) -> ResponseHead {
    let status = answer.first.map { statuses[Int($0) % statuses.count] } ?? 200
    var head = ResponseHead(status: status)
    let type = answer.dropFirst().first ?? 0
    head.contentType = types[Int(type) % types.count]
    if type & 0x80 != 0 { head.sessionID = "session" }
    return head
  }

  private static func memory(_ byte: UInt8) -> ServerMemory {
    var memory = ServerMemory()
    switch byte % 3 {
    case 0: break
    case 1:
      memory.transport = .statelessHTTP
      memory.protocolVersion = "2026-07-28"
    default:
      memory.transport = .streamableHTTP
      memory.protocolVersion = "2025-11-25"
      memory.sessionID = byte & 0x80 == 0 ? "kept" : nil
      memory.pingUnsupported = byte & 0x40 != 0
      memory.capabilities.tools = true
    }
    return memory
  }

  /// What a result must not have.
  private static func blemish(of result: ProbeResult) -> String? {
    let server = (result.server?.name ?? "") + (result.server?.version ?? "")
    let hasControls = (result.detail + server).unicodeScalars.contains {
      $0.value < 0x20 || (0x7f...0x9f).contains($0.value)
    }
    if hasControls { return "control characters in \(result)" }
    if result.detail.unicodeScalars.count > 200 { return "a long detail in \(result)" }
    if result.outcome != .ok && result.detail.isEmpty { return "no detail in \(result)" }
    if (result.tools == nil) != (result.catalogue == nil) { return "tools without a catalogue" }
    let isCounted = (result.tools ?? []).count <= (result.catalogue?.tools ?? 0)
    return isCounted ? nil : "more tools than were counted in \(result)"
  }
}
