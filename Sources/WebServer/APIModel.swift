import Agent
import Breaking
import MCPWire
import Signals

// What `/api/v1` shows: CONTRACT.md 3. Keys are written in snake case.

/// One MCP.
struct MCPView: Encodable {
  struct Circuit: Encodable {
    let state: String
    let consecutiveFailures: Int
    let opensTotal: UInt64
    @OrNull var retryAt: String?
    let failureCycles: Int
  }

  struct Probe: Encodable {
    let timestamp: String
    let outcome: String
    let verdict: String
    let detail: String
    let durationSeconds: Double
    let stages: [String: Double]
    let methods: [Method]
  }

  struct Method: Encodable {
    let method: String
    let requests: Int
    let reused: Int
    let durationSeconds: Double
    let stages: [String: Double]
  }

  struct Check: Encodable {
    let name: String
    let success: Bool
    let durationSeconds: Double
    let detail: String
    let timestamp: String
  }

  struct Server: Encodable {
    let name: String
    let version: String
  }

  let name: String
  let url: String
  let description: String
  let labels: [String: String]
  let enabled: Bool
  /// `nil` while it is enabled, and when the configuration has disabled it.
  @OrNull var disabledReason: String?
  let healthStatus: String
  let circuit: Circuit
  @OrNull var lastProbe: Probe?
  @OrNull var transport: String?
  @OrNull var protocolVersion: String?
  @OrNull var server: Server?
  @OrNull var tools: Int?
  @OrNull var prompts: Int?
  @OrNull var resources: Int?
  @OrNull var resourceTemplates: Int?
  @OrNull var certificateExpiry: String?
  let checks: [Check]
  let downtimeSecondsTotal: Double
  @OrNull var lastSuccess: String?

  init(_ mcp: MCPStatus, at now: Timestamp) {
    name = mcp.description.name
    url = mcp.description.url
    description = mcp.description.description
    labels = mcp.description.labels.asObject
    enabled = mcp.isEnabled
    disabledReason = mcp.disabledReason
    healthStatus = mcp.health.rawValue
    circuit = Circuit(
      state: mcp.circuit.rawValue, consecutiveFailures: mcp.consecutiveFailures,
      opensTotal: mcp.counters.opens, retryAt: mcp.isEnabled ? mcp.retryAt?.rfc3339 : nil,
      failureCycles: mcp.failureCycles)
    lastProbe = mcp.lastProbe.map { Probe($0) }
    transport = mcp.transport?.rawValue
    protocolVersion = mcp.protocolVersion
    server = mcp.server.map { Server(name: $0.name, version: $0.version) }
    tools = mcp.catalogue?.tools
    prompts = mcp.catalogue?.prompts
    resources = mcp.catalogue?.resources
    resourceTemplates = mcp.catalogue?.resourceTemplates
    certificateExpiry = mcp.certificateExpiry?.rfc3339
    checks = mcp.checks.map { Check($0) }
    downtimeSecondsTotal = Double(mcp.downtime(at: now).wholeMilliseconds) / 1e3
    lastSuccess = mcp.lastSuccess?.rfc3339
  }
}

extension MCPView.Probe {
  init(_ probe: LastProbe) {
    timestamp = probe.at.rfc3339
    outcome = probe.outcome.rawValue
    verdict = probe.verdict.rawValue
    detail = probe.detail
    durationSeconds = probe.duration.inMicroseconds
    stages = probe.times.asObject
    methods = probe.methods.map { MCPView.Method($0) }
  }
}

extension MCPView.Method {
  init(_ times: MethodTimes) {
    method = times.stage.method
    requests = times.requests
    reused = times.reused
    durationSeconds = times.times.total.inMicroseconds
    stages = times.times.asObject
  }
}

extension MCPView.Check {
  init(_ check: CheckStatus) {
    name = check.result.name
    success = check.result.isSuccess
    durationSeconds = check.result.duration.inMicroseconds
    detail = check.result.detail
    timestamp = check.at.rfc3339
  }
}

extension StageTimes {
  fileprivate var asObject: [String: Double] {
    Dictionary(
      named.map { ($0.name, $0.duration.inMicroseconds) }, uniquingKeysWith: { $1 })
  }
}

/// One MCP that waits for the trial of its circuit.
struct RecoveryView: Encodable {
  let mcp: String
  let position: Int
  let retryAt: String
  let attempts: Int

  init(_ place: RecoveryPlace) {
    mcp = place.mcp
    position = place.position
    retryAt = place.retryAt.rfc3339
    attempts = place.attempts
  }
}

/// One event of an MCP.
struct EventView: Encodable {
  let id: String
  let timestamp: String
  let type: String
  @OrNull var outcome: String?
  let detail: String
  let data: [String: String]

  init(_ stored: StoredEvent) {
    id = stored.id
    timestamp = stored.event.timestamp.rfc3339
    type = stored.event.type.rawValue
    outcome = stored.event.outcome?.rawValue
    detail = stored.event.detail
    data = stored.event.data.asObject
  }
}

extension Array where Element == Label {
  fileprivate var asObject: [String: String] {
    Dictionary(map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }
}

extension Duration {
  /// Seconds, cut to whole microseconds: no digits that nobody measured.
  fileprivate var inMicroseconds: Double { Double(wholeMicroseconds) / 1e6 }
}

/// `limit` and `before` of an event request.
struct EventQuery: Equatable {
  static let limits = 1...1000

  var limit = 100
  var before: UInt64?

  init(_ query: [String: String]) throws(Problem) {
    if let text = query["limit"] {
      guard let number = Int(text), Self.limits.contains(number) else {
        throw .badData("invalid parameter \"limit\": a number from 1 to 1000 is expected")
      }
      limit = number
    }
    if let text = query["before"] {
      guard let sequence = Self.sequence(ofEvent: text) else {
        throw .badData("invalid parameter \"before\": the id of an event is expected")
      }
      before = sequence
    }
  }

  /// The number in `0123456789abcdef-42`.
  private static func sequence(ofEvent id: String) -> UInt64? {
    let parts = id.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let agent = parts.first, let number = parts.last,
      agent.utf8.count == 16, agent.allSatisfy(\.isHexDigit),
      number.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return UInt64(number)
  }
}
