package import Agent
import PromQL
package import SampleStore
package import Signals

/// Appends what the metric catalogue shows to the head: the series that a scrape of `/metrics`
/// would give, with the same values.
package struct CatalogueFeed {
  private var ofMCPs = [GroupFeed](repeating: GroupFeed(), count: CatalogueSamples.families.count)
  private var ofAgent = GroupFeed()

  package init() {}

  /// A sample of every series, all at `time`.
  package mutating func append(_ look: AgentSnapshot, at time: Int64, to head: inout Head) {
    for (number, family) in CatalogueSamples.families.enumerated() {
      guard let group = head.group(family.name) else { continue }
      let collected = CatalogueSamples(family: number, of: look.mcps, at: look.at)
      let column = ofMCPs[number].column(
        collected, units: look.mcps.count, to: &head, group: group
      ) { GroupFeed.Unit(name: family.name, labels: look.mcps[$0].description.renderedLabels) }
      head.append(column, at: time, to: group)
    }
    guard let group = head.group("agent") else { return }
    let families = CatalogueSamples.agentFamilies
    let column = ofAgent.column(
      CatalogueSamples(of: look.agent), units: families.count, to: &head, group: group
    ) { GroupFeed.Unit(name: families[$0].name, labels: []) }
    head.append(column, at: time, to: group)
  }

  /// What moves with every probe: transitions leave it to the next append of all, so that its rows
  /// have all their samples at the instants of their group, and the rules that read nothing else
  /// wait for theirs.
  private static let everyProbe: Set = [
    "mcp_probes_total", "mcp_probe_duration_seconds", "mcp_probe_stage_duration_seconds",
    "mcp_last_probe_timestamp_seconds", "mcp_last_success_timestamp_seconds",
  ]

  /// Samples of MCPs whose circuit or `mcp_up` has changed, as they were `at` that instant. Only of
  /// the series that changed: the others show what they showed, and the next append of all is near.
  ///
  /// - Returns: the metrics that changed, and the instant by which all of it is there.
  @discardableResult
  package mutating func append(
    transitions mcps: [MCPStatus], at: Timestamp, to head: inout Head
  ) -> Movement {
    var movement = Movement(at: at)
    for (number, family) in CatalogueSamples.families.enumerated()
    where !Self.everyProbe.contains(family.name) {
      guard let group = head.group(family.name) else { continue }
      let collected = CatalogueSamples(family: number, of: mcps, at: at)
      var changed: [(row: Int, bits: UInt64)] = []
      var shown: Set<Int> = []
      for (index, mcp) in mcps.enumerated() {
        let unit = GroupFeed.Unit(name: family.name, labels: mcp.description.renderedLabels)
        for sample in collected.samples[collected.range(index)] {
          guard let labels = GroupFeed.labels(sample, of: unit),
            let row = head.row(of: labels, in: group)
          else {
            head.countDropped(.series, 1)
            continue
          }
          shown.insert(row)
          let bits = Cell.bits(of: sample.value.double)
          guard head.newest(row, in: group) != bits else { continue }
          changed.append((row, bits))
          movement.metrics.insert(family.name + sample.suffix.rawValue)
        }
        for row in head.rows(of: group, where: "mcp", is: mcp.description.name)
        where !shown.contains(row) && head.hasSample(row, in: group) {
          changed.append((row, Cell.stale))
          movement.metrics.insert(family.name)
        }
      }
      // A look at all series may have come between: what it has not shown comes right after it.
      let time = max(at.milliseconds, head.newestTime(of: group).addingSaturating(1))
      guard !changed.isEmpty else { continue }
      head.append(changed, between: time, in: group)
      movement.at = max(movement.at, Timestamp(milliseconds: time))
    }
    return movement
  }
}

/// What transitions changed in the head.
package struct Movement: Equatable, Sendable {
  package var metrics: Set<String> = []
  /// All changes are there by then.
  package var at: Timestamp

  package init(at: Timestamp) { self.at = at }

  mutating func formUnion(_ other: Self) {
    metrics.formUnion(other.metrics)
    at = max(at, other.at)
  }
}
