import MCPWire
import Signals

/// A probe's result for a person: what is wrong and what to try first, then what the server is,
/// then where the time went.
struct ProbeText {
  let url: String
  let result: ProbeResult

  init(url: String, _ result: ProbeResult) {
    self.url = url
    self.result = result
  }

  var text: String {
    let parts = [[headline] + failure, server, requests].filter { !$0.isEmpty }
    return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private var headline: String {
    "\(url): \(result.verdict.rawValue) (\(result.outcome.rawValue))"
      + " in \(Self.milliseconds(result.duration)) ms"
  }

  private var failure: [String] {
    var lines: [String] = []
    if result.outcome != .ok {
      if let stage = result.stage { lines.append(Self.line("failed at", stage.rawValue)) }
      if !result.detail.isEmpty { lines.append(Self.line("reason", result.detail)) }
      if let wait = result.retryAfter {
        lines.append(Self.line("asks for", "\(wait.wholeMilliseconds / 1000) s of rest"))
      }
      lines.append(Self.line("try", result.outcome.advice))
    }
    return lines + result.warnings.map { Self.line("warning", $0.rawValue) }
  }

  private var server: [String] {
    var lines: [String] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { lines.append(Self.line(name, value)) }
    }
    add("server", result.server.map { "\($0.name) \($0.version)" })
    add("transport", result.transport?.rawValue)
    add("protocol", result.protocolVersion)
    add("tools", result.catalogue?.tools.map { String($0) })
    add("prompts", result.catalogue?.prompts.map { String($0) })
    add("resources", result.catalogue?.resources.map { String($0) })
    add("templates", result.catalogue?.resourceTemplates.map { String($0) })
    add("certificate", result.certificateExpiry.map { "ends \(RFC3339.string($0))" })
    return lines
  }

  /// A table of the requests by method, in milliseconds, closed by their sum.
  private var requests: [String] {
    guard !result.methods.isEmpty else { return [] }
    let columns = result.times.named.map(\.name) + ["total"]
    let named = result.methods.map { (Self.name(of: $0), $0.times) } + [("all", result.times)]
    let width = named.reduce(0) { max($0, $1.0.count) } + 3
    let heads = Self.left("ms", width) + columns.map { Self.right($0, 10) }.joined()
    return [heads] + named.map { Self.row(Self.left($0, width), $1) }
  }

  /// `tools/list x3`, and whether a connection was there already.
  private static func name(of method: MethodTimes) -> String {
    let times = method.requests > 1 ? " x\(method.requests)" : ""
    return method.stage.method + times + (method.reused == method.requests ? " (kept)" : "")
  }

  private static func row(_ name: String, _ times: StageTimes) -> String {
    let values = times.named.map(\.duration) + [times.total]
    return name + values.map { right(milliseconds($0), 10) }.joined()
  }

  private static func line(_ name: String, _ value: String) -> String { left(name, 14) + value }

  private static func left(_ text: String, _ width: Int) -> String {
    "  " + text + String(repeating: " ", count: max(1, width - 2 - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  /// `12.345`.
  private static func milliseconds(_ duration: Duration) -> String {
    let microseconds = max(0, duration.wholeMicroseconds)
    let fraction = String(microseconds % 1000)
    return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}
