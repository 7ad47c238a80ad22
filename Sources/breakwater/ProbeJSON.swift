import Foundation
import MCPWire
import Signals

/// A probe's result for a script: the object of CONTRACT.md 1.
struct ProbeJSON: Encodable {
  let url: String
  let outcome: String
  let verdict: String
  let stage: String?
  let detail: String
  let advice: String
  let durationSeconds: Double
  let stages: [String: Double]
  let methods: [Method]
  let certificateExpiry: String?
  let transport: String?
  let protocolVersion: String?
  let server: Server?
  let tools: Int?
  let prompts: Int?
  let resources: Int?
  let warnings: [String]

  struct Server: Encodable {
    let name: String
    let version: String
  }

  /// The requests of one method, and what they took together.
  struct Method: Encodable {
    let method: String
    let requests: Int
    let reused: Int
    let durationSeconds: Double
    let stages: [String: Double]

    init(_ times: MethodTimes) {
      method = times.stage.method
      requests = times.requests
      reused = times.reused
      durationSeconds = ProbeJSON.seconds(times.times.total)
      stages = ProbeJSON.stages(times.times)
    }

    enum CodingKeys: String, CodingKey {
      case method, requests, reused, stages
      case durationSeconds = "duration_seconds"
    }
  }

  static func seconds(_ duration: Duration) -> Double {
    Double(duration.wholeMicroseconds) / 1e6
  }

  static func stages(_ times: StageTimes) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: times.named.map { ($0.name, seconds($0.duration)) })
  }

  init(url: String, _ result: ProbeResult) {
    self.url = url
    outcome = result.outcome.rawValue
    verdict = result.verdict.rawValue
    stage = result.stage?.rawValue
    detail = result.detail
    advice = result.outcome == .ok ? "" : result.outcome.advice
    durationSeconds = Self.seconds(result.duration)
    stages = Self.stages(result.times)
    methods = result.methods.map(Method.init)
    certificateExpiry = result.certificateExpiry.map(RFC3339.string)
    transport = result.transport?.rawValue
    protocolVersion = result.protocolVersion
    server = result.server.map { Server(name: $0.name, version: $0.version) }
    tools = result.catalogue?.tools
    prompts = result.catalogue?.prompts
    resources = result.catalogue?.resources
    warnings = result.warnings.map(\.rawValue)
  }

  enum CodingKeys: String, CodingKey {
    case url, outcome, verdict, stage, detail, advice
    case durationSeconds = "duration_seconds"
    case stages, methods, transport
    case certificateExpiry = "certificate_expiry"
    case protocolVersion = "protocol_version"
    case server, tools, prompts, resources, warnings
  }

  /// Every key is there, `null` where nothing is known.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(url, forKey: .url)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(stage, forKey: .stage)
    try container.encode(detail, forKey: .detail)
    try container.encode(advice, forKey: .advice)
    try container.encode(durationSeconds, forKey: .durationSeconds)
    try container.encode(stages, forKey: .stages)
    try container.encode(methods, forKey: .methods)
    try container.encode(certificateExpiry, forKey: .certificateExpiry)
    try container.encode(transport, forKey: .transport)
    try container.encode(protocolVersion, forKey: .protocolVersion)
    try container.encode(server, forKey: .server)
    try container.encode(tools, forKey: .tools)
    try container.encode(prompts, forKey: .prompts)
    try container.encode(resources, forKey: .resources)
    try container.encode(warnings, forKey: .warnings)
  }

  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(self) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
