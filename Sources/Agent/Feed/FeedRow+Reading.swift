import MCPWire
import Signals

extension FeedRow {
  /// `nil` when a text is not UTF-8.
  init?(_ view: FeedRowView, in bytes: [UInt8]) {
    guard let mcp = String(of: view.mcp, in: bytes) else { return nil }
    self.init(mcp: mcp)
    if view.hasLog {
      guard let log = FeedLog(view.log, in: bytes) else { return nil }
      self.log = log
    }
    if view.hasState {
      guard let state = FeedState(view.state, in: bytes) else { return nil }
      self.state = state
    }
    if let range = view.tools {
      var tools: [ToolListing] = []
      for view in FeedToolViews(in: bytes, at: range) {
        guard let tool = ToolListing(view, in: bytes) else { return nil }
        tools.append(tool)
      }
      self.tools = tools
    }
  }
}

extension FeedLog {
  fileprivate init?(_ view: FeedLogView, in bytes: [UInt8]) {
    guard let detail = String(of: view.detail, in: bytes), let type = view.type.member,
      let status = view.status.member
    else { return nil }
    var data: [Label] = []
    for pair in FeedPairs(in: bytes, at: view.data) {
      guard let name = String(of: pair.name, in: bytes),
        let value = String(of: pair.value, in: bytes)
      else { return nil }
      data.append(Label(name: name, value: value))
    }
    self.init(
      sequence: view.sequence, timestamp: view.timestamp, type: type, status: status,
      responseTime: view.responseMilliseconds.map { .milliseconds($0) },
      outcome: view.outcome?.member,
      detail: detail, data: data)
  }
}

extension FeedState {
  fileprivate init?(_ view: FeedStateView, in bytes: [UInt8]) {
    guard let health = view.health.member, let circuit = view.circuit.member else { return nil }
    self.init(at: view.at, health: health)
    lastCheck = view.lastCheck
    errors = Int(view.errors)
    self.circuit = circuit
    consecutiveFailures = Int(view.consecutiveFailures)
    failureCycles = Int(view.failureCycles)
    lastRecoveryAttempt = view.lastRecoveryAttempt
    downtime.total = .milliseconds(view.downtimeMilliseconds)
    downtime.since = view.downSince
    if let range = view.autoDisabledReason {
      guard let reason = String(of: range, in: bytes) else { return nil }
      autoDisabledReason = reason
    }
  }
}

extension ToolListing {
  fileprivate init?(_ view: FeedToolView, in bytes: [UInt8]) {
    guard let name = String(of: view.name, in: bytes) else { return nil }
    self.init(name: name)
    if let range = view.description {
      guard let text = String(of: range, in: bytes) else { return nil }
      description = text
    }
    if let range = view.inputSchema {
      guard let text = String(of: range, in: bytes) else { return nil }
      inputSchema = text
    }
  }
}

extension String {
  fileprivate init?(of range: Range<Int>, in bytes: [UInt8]) {
    self.init(validating: bytes[range], as: UTF8.self)
  }
}
