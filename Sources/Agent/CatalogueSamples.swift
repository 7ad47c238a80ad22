package import Signals

/// The samples of the catalogue as values, in place of the page's text.
///
/// They come family by family and, within one, unit by unit: an MCP, or one family of the agent's.
package struct CatalogueSamples {
  /// The families that each MCP has.
  package static let families = MetricCatalogue.perMCP.map(\.family)
  /// The families of the agent.
  package static let agentFamilies = MetricCatalogue.ofAgent.map(\.family)

  package private(set) var samples: [CollectedSample] = []
  /// For each unit the index in `samples` after its last one.
  package private(set) var ends: [Int] = []

  /// The samples that `MetricsPage` shows of a family: a unit for each MCP.
  package init(family: Int, of mcps: [MCPStatus], at now: Timestamp) {
    let metric = MetricCatalogue.perMCP[family]
    var out = ExpositionWriter(collecting: mcps.count)
    ends.reserveCapacity(mcps.count)
    let statuses = mcps.span
    for index in statuses.indices {
      metric.write(statuses, index, now, &out)
      ends.append(out.collected.count)
    }
    samples = out.collected
  }

  /// The samples about the agent itself: a unit for each of `agentFamilies`.
  package init(of agent: AgentHealth) {
    var out = ExpositionWriter(collecting: 128)
    for metric in MetricCatalogue.ofAgent {
      metric.write(agent, &out)
      ends.append(out.collected.count)
    }
    samples = out.collected
  }

  /// The samples of a unit.
  package func range(_ unit: Int) -> Range<Int> { (unit == 0 ? 0 : ends[unit - 1])..<ends[unit] }
}
