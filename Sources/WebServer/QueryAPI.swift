import Agent
import Alerting
import NIOCore
import PromQL
import Signals

/// Answers Prometheus's query API. Everything that parses or evaluates a query, and what comes of
/// it, stays on the threads for queries; what leaves them is bytes.
struct QueryAPI: Sendable {
  private let agent: any AgentInterface
  private let source: (any QuerySource)?
  private let bounds: WebBounds
  private let ledger: PageLedger
  let threads: QueryThreads

  init(
    agent: any AgentInterface, source: (any QuerySource)?, bounds: WebBounds, ledger: PageLedger
  ) {
    self.agent = agent
    self.source = source
    self.bounds = bounds
    self.ledger = ledger
    threads = QueryThreads(bounds.queries)
  }

  func answer(
    _ route: QueryRoute, _ parameters: QueryParameters, gzip: Bool
  ) async throws -> RenderedPage {
    try ledger.checkRoom()
    let blocks: [ByteBuffer]
    switch route {
    case .metadata: blocks = try Self.packed(metadata(parameters), gzip: gzip)
    case .buildInfo: blocks = try Self.packed(buildInfo(), gzip: gzip)
    case .rules, .alerts:
      let (rules, mostBytes) = (agent.snapshot().agent.rules, bounds.resultBytes)
      blocks = try await threads.run(within: bounds.queryTimeout) { _, _ throws(Problem) in
        var writer = ResultWriter(mostBytes: mostBytes)
        let listing = route == .rules ? try RuleListing(parameters) : nil
        let parts = try writer.success { out throws(Problem) in
          if let listing { try listing.write(rules, to: &out) } else { out.alerts(of: rules) }
        }
        return try Self.packed(parts, gzip: gzip)
      }
    case .query, .queryRange, .series, .labels, .labelValues, .formatQuery, .parseQuery:
      guard let source else { throw Problem.unavailable("this agent keeps no samples") }
      let request = QueryRequest(
        parameters: parameters, source: source, mostBytes: bounds.resultBytes)
      blocks = try await threads.run(within: timeout(parameters)) {
        clock, prepared throws(Problem) in
        try Self.packed(request.answer(route, clock, prepared), gzip: gzip)
      }
    }
    return RenderedPage(blocks: blocks, ledger: ledger)
  }

  /// The request may ask for less time, not for more.
  private func timeout(_ parameters: QueryParameters) throws(Problem) -> Duration {
    if parameters["timeout"].isEmpty { return bounds.queryTimeout }
    return min(bounds.queryTimeout, .milliseconds(try parameters.duration("timeout")))
  }

  static func packed(_ blocks: [[UInt8]], gzip: Bool) throws(Problem) -> [ByteBuffer] {
    guard gzip else { return blocks.map { ByteBuffer(bytes: $0) } }
    guard let stream = Gzip.stream(of: blocks) else { throw .busy }
    return stream.parts
  }
}

// MARK: What needs no query

extension QueryAPI {
  private func metadata(_ parameters: QueryParameters) throws(Problem) -> [[UInt8]] {
    func number(_ name: String) throws(Problem) -> Int {
      let text = parameters[name]
      if text.isEmpty { return -1 }
      guard let number = Int(text) else { throw .badData("\(name) must be a number") }
      return number
    }
    let limit = try number("limit")
    let perMetric = try number("limit_per_metric")
    let metric = parameters["metric"]
    var families = MetricCatalogue.families.filter { metric.isEmpty || $0.name == metric }
    if limit >= 0 { families = Array(families.prefix(limit)) }
    var writer = ResultWriter(mostBytes: bounds.resultBytes)
    return try writer.success { out throws(Problem) in
      out.byte("{")
      for (index, family) in families.enumerated() {
        if index > 0 { out.byte(",") }
        out.string(family.name)
        out.raw(":[")
        if perMetric != 0 { out.metadata(family) }
        out.byte("]")
        out.breakIfFull()
      }
      out.byte("}")
    }
  }

  /// The oldest version of Prometheus whose query API and language this one has in full: clients
  /// such as Grafana go by it. The program's own version is in `breakwater_build_info`.
  private static let compatibleVersion = "3.0.0"

  private func buildInfo() throws(Problem) -> [[UInt8]] {
    let revision = agent.snapshot().agent.revision
    var writer = ResultWriter(mostBytes: bounds.resultBytes)
    return try writer.success { out throws(Problem) in
      out.raw(#"{"version":"#)
      out.string(Self.compatibleVersion)
      out.raw(#","revision":"#)
      out.string(revision)
      out.raw(#","branch":"","buildUser":"","buildDate":"","goVersion":""}"#)
    }
  }
}

extension JSONBlocks {
  fileprivate mutating func alerts(of groups: [RuleGroupStatus]) {
    raw(#"{"alerts":["#)
    var isFirst = true
    for rule in groups.lazy.flatMap(\.rules) where !rule.alerts.isEmpty {
      alerts(rule.alerts, isFirst: isFirst)
      isFirst = false
    }
    raw("]}")
  }

  fileprivate mutating func metadata(_ family: MetricFamily) {
    raw(#"{"type":"#)
    string(family.kind.rawValue)
    raw(#","help":"#)
    string(family.help)
    raw(#","unit":""}"#)
  }
}
