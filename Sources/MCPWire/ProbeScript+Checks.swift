import Patterns
import Signals

/// The checks, after all else: what comes of them is told beside the outcome.
extension ProbeScript {
  /// The server lives, and what was to be listed is listed.
  mutating func proceedToChecks() {
    proceed(to: purpose == .catalogue ? target.checks[...] : [])
  }

  private mutating func proceed(to checks: ArraySlice<ToolCheck>) {
    guard let next = checks.first else { return succeed() }
    step = .check(next, rest: checks.dropFirst())
  }

  /// The call of a tool.
  mutating func call(_ check: ToolCheck) -> ProbeRequest {
    checkStartedAt = elapsed
    let id = takeRequestID()
    var headers = sessionHeaders
    if isStateless {
      headers = Self.statelessHeaders(method: "tools/call")
      headers.append(("Mcp-Name", HeaderText.encoded(check.tool)))
    }
    let body = RequestWriter.call(
      id: id, tool: check.tool, arguments: check.arguments,
      statelessClient: isStateless ? clientVersion : nil, extensions: extensions)
    return post(body, id: id, stage: .toolsCall, headers: headers, bodyLimit: ListProgress.bytesMax)
  }

  mutating func decideCheck(
    _ answer: Answer, _ check: ToolCheck, _ rest: ArraySlice<ToolCheck>
  ) {
    let duration = elapsed - checkStartedAt
    record(check, objection(to: answer, duration, check.expectation), duration)
    // A transfer that broke, or took all the time, leaves the others no chance.
    if case .trouble(let trouble) = answer, trouble.isTransfer || speaksSSE {
      for other in rest { record(other, "not called", .zero) }
      return succeed()
    }
    proceed(to: rest)
  }

  private mutating func record(_ check: ToolCheck, _ objection: String?, _ duration: Duration) {
    // Cut before it is searched: a tool may say megabytes.
    let words = String(decoding: (objection ?? "").utf8.prefix(4096), as: UTF8.self)
    let detail = PlainText.redacted(words, hiding: secrets)
    checks.append(
      CheckResult(
        name: check.name, isSuccess: objection == nil, duration: duration,
        detail: PlainText.cleaned(detail, limit: Self.detailMax)))
  }

  /// What the answer lacks of what is expected; `nil` when it lacks nothing.
  private func objection(
    to answer: Answer, _ duration: Duration, _ expected: ToolCheck.Expectation
  ) -> String? {
    guard case .result(let result) = answer else { return failure(of: answer).text }
    guard let outcome = try? ToolOutcome(result, at: expected.pointer) else {
      return "a result that cannot be read"
    }
    if outcome.isError != expected.isError {
      return outcome.isError ? "the tool failed: \(outcome.text)" : "the tool did not fail"
    }
    if let pointer = expected.pointer, outcome.value == nil { return "nothing at \(pointer)" }
    if let pattern = expected.matches {
      let value = outcome.value ?? outcome.text
      if !pattern.isFound(in: value) { return "no match of \(pattern.text) in: \(value)" }
    }
    if let limit = expected.maxDuration, duration > limit {
      return "it took \(duration.wholeMilliseconds) ms, over \(limit.wholeMilliseconds) ms"
    }
    return nil
  }
}

/// What a check looks at in the result of `tools/call`.
struct ToolOutcome {
  var isError = false
  /// The text of the content, one block a line.
  var text = ""
  /// The value at the pointer: a string's text, anything else as its JSON.
  var value: String?

  /// Most of a text that is looked at, in bytes.
  private static let textMax = 1 << 20

  init(_ result: RPCResult, at pointer: JSONPointer?) throws(JSONProblem) {
    var reader = result.reader
    var isError = false
    var blocks: [String] = []
    try reader.forEachMember { member, key throws(JSONProblem) in
      switch key {
      case "isError":
        let value = try member.value()
        isError = member.bytes[value].first == UInt8(ascii: "t")
      case "content" where try member.kind() == .array:
        try member.forEachElement { block throws(JSONProblem) in
          guard try block.kind() == .object else { return }
          try block.forEachMember { field, key throws(JSONProblem) in
            if key == "text", let text = try field.string(limit: Self.textMax) {
              blocks.append(text)
            }
          }
        }
      default: break
      }
    }
    self.isError = isError
    text = blocks.joined(separator: "\n")
    guard let pointer, let range = try pointer.find(in: result.bytes, result.range) else { return }
    var found = JSONReader(result.bytes, in: range)
    value =
      try found.kind() == .string
      ? try found.string(limit: Self.textMax) ?? ""
      : String(decoding: result.bytes[range].prefix(Self.textMax), as: UTF8.self)
  }
}

/// Values of headers that repeat something of the body.
enum HeaderText {
  /// As it is when it is visible ASCII, else in base64 with the marks that MCP gives it.
  static func encoded(_ text: String) -> String {
    let isPlain =
      text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && text.first != " " && text.last != " "
      && !text.hasPrefix("=?base64?")
    return isPlain ? text : "=?base64?\(Base64.encode(text.utf8))?="
  }
}
