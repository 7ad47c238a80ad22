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

  init(url: String, _ result: ProbeResult) {
    self.url = url
    outcome = result.outcome.rawValue
    verdict = result.verdict.rawValue
    stage = result.stage?.rawValue
    detail = result.detail
    advice = result.outcome == .ok ? "" : result.outcome.advice
    durationSeconds = Double(result.duration.wholeMicroseconds) / 1e6
    stages = Dictionary(
      uniqueKeysWithValues: result.times.named.map {
        ($0.name, Double($0.duration.wholeMicroseconds) / 1e6)
      })
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
    case stages, transport
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
