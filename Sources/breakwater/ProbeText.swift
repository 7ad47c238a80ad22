import MCPWire
import Signals

/// A probe's result for a person.
struct ProbeText {
  let url: String
  let result: ProbeResult

  init(url: String, _ result: ProbeResult) {
    self.url = url
    self.result = result
  }

  var text: String {
    let parts = [[headline], stages, server, failure, warnings].filter { !$0.isEmpty }
    return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private var headline: String {
    "\(url): \(result.verdict.rawValue) (\(result.outcome.rawValue))"
      + " in \(Self.milliseconds(result.duration))"
  }

  private var stages: [String] {
    result.times.named.map { "  \(Self.padded($0.name)) \(Self.milliseconds($0.duration))" }
  }

  private var server: [String] {
    var lines: [String] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { lines.append("  \(Self.padded(name)) \(value)") }
    }
    add("server", result.server.map { "\($0.name) \($0.version)" })
    add("transport", result.transport?.rawValue)
    add("protocol", result.protocolVersion)
    add("tools", result.catalogue?.tools.map { String($0) })
    add("prompts", result.catalogue?.prompts.map { String($0) })
    add("resources", result.catalogue?.resources.map { String($0) })
    return lines
  }

  private var failure: [String] {
    guard result.outcome != .ok else { return [] }
    var lines: [String] = []
    if let stage = result.stage { lines.append("  \(Self.padded("failed at")) \(stage.rawValue)") }
    if !result.detail.isEmpty { lines.append("  \(Self.padded("reason")) \(result.detail)") }
    lines.append("  \(Self.padded("try")) \(result.outcome.advice)")
    return lines
  }

  private var warnings: [String] {
    result.warnings.map { "  \(Self.padded("warning")) \($0.rawValue)" }
  }

  private static func padded(_ name: String) -> String {
    name + String(repeating: " ", count: max(0, 10 - name.count))
  }

  /// `12.345 ms`.
  private static func milliseconds(_ duration: Duration) -> String {
    let microseconds = max(0, duration.wholeMicroseconds)
    let fraction = String(microseconds % 1000)
    return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
      + " ms"
  }
}
