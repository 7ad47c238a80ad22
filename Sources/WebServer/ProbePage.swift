import MCPWire
import Signals

/// The answer to `GET /probe`: what came of one probe, in blackbox_exporter's names where it has
/// one for it.
enum ProbePage {
  private static let success = MetricFamily(
    "probe_success", .gauge, "Whether the server is up.")
  private static let duration = MetricFamily(
    "probe_duration_seconds", .gauge, "How long the probe took.")
  private static let status = MetricFamily(
    "probe_http_status_code", .gauge, "The HTTP status of the answer that failed.")
  private static let expiry = MetricFamily(
    "probe_ssl_earliest_cert_expiry", .gauge, "When the certificate ends, as a Unix time.")
  private static let outcome = MetricFamily(
    "probe_mcp_outcome", .gauge, "1 for the outcome of the probe, with its verdict.",
    labels: ["outcome", "verdict"])
  private static let stages = MetricFamily(
    "probe_mcp_stage_duration_seconds", .gauge, "How long each stage took.", labels: ["stage"])
  private static let transport = MetricFamily(
    "probe_mcp_transport", .gauge, "1 for the transport that the server speaks.",
    labels: ["transport"])
  private static let authRequired = MetricFamily(
    "probe_mcp_auth_required", .gauge, "Whether the server demands credentials.")
  private static let tools = MetricFamily("probe_mcp_tools", .gauge, "Tools that it lists.")
  private static let prompts = MetricFamily("probe_mcp_prompts", .gauge, "Prompts that it lists.")
  private static let resources = MetricFamily(
    "probe_mcp_resources", .gauge, "Resources that it lists.")

  static func text(_ result: ProbeResult) -> String {
    var text: [UInt8] = []
    var writer = ExpositionWriter(format: .text004) { text += $0 }
    func one(_ family: MetricFamily, _ value: MetricValue?, _ labels: String = "") {
      guard let value else { return }
      writer.begin(family)
      writer.sample(value, label: Array(labels.utf8))
    }
    one(success, .flag(result.verdict == .up))
    one(duration, .seconds(result.duration))
    one(
      outcome, .whole(1),
      "outcome=\"\(result.outcome.rawValue)\",verdict=\"\(result.verdict.rawValue)\"")
    // Of a probe that succeeds each answer was one; 0 without any, as blackbox_exporter has it.
    one(status, .whole(result.httpStatus ?? (result.outcome == .ok ? 200 : 0)))
    one(expiry, result.certificateExpiry.map { .seconds($0) })
    writer.begin(stages)
    for (name, duration) in result.times.named {
      writer.sample(.seconds(duration), label: Array("stage=\"\(name)\"".utf8))
    }
    one(transport, result.transport == nil ? nil : .whole(1), name(result.transport))
    one(authRequired, result.authRequired.map { .flag($0) })
    one(tools, result.catalogue?.tools.map { .whole($0) })
    one(prompts, result.catalogue?.prompts.map { .whole($0) })
    one(resources, result.catalogue?.resources.map { .whole($0) })
    writer.finish()
    return String(decoding: text, as: UTF8.self)
  }

  private static func name(_ transport: MCPTransport?) -> String {
    transport.map { "transport=\"\($0.rawValue)\"" } ?? ""
  }
}

/// What `GET /probe` is asked.
struct ProbeQuestion: Equatable {
  /// Without word from Prometheus.
  static let usualTimeout = Duration.seconds(10)
  private static let longestTimeout = 60.0
  /// What a scrape needs besides the probe.
  private static let margin = 0.5

  var target: String
  var transport = TransportSetting.auto
  var timeout = ProbeQuestion.usualTimeout

  init(_ query: [String: String], scrapeTimeout: String?) throws(Problem) {
    guard let target = query["target"], !target.isEmpty else {
      throw .badData("target: required")
    }
    self.target = target
    if let word = query["transport"] {
      guard let transport = TransportSetting(rawValue: word) else {
        throw .badData("transport: expected auto, http or sse")
      }
      self.transport = transport
    }
    guard let scrapeTimeout else { return }
    guard scrapeTimeout.utf8.count <= 32, let seconds = Double(scrapeTimeout), seconds > 0,
      seconds.isFinite
    else { throw .badData("X-Prometheus-Scrape-Timeout-Seconds: expected a positive number") }
    let left = seconds > 2 * Self.margin ? seconds - Self.margin : seconds / 2
    timeout = .milliseconds(max(1, Int64((min(left, Self.longestTimeout) * 1000).rounded())))
  }
}
