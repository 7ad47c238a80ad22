package import Signals

/// The page behind `GET /metrics`.
package enum MetricsPage {
  /// Writes the page as blocks of some ten kilobytes, each ending at a line's end.
  ///
  /// Every family is one uninterrupted group; a family without samples is left out. With many MCPs,
  /// blocks end at the same MCPs in every scrape, so that what did not change is found unchanged.
  package static func blocks(
    of snapshot: AgentSnapshot, format: ExpositionFormat
  ) -> [[UInt8]] {
    var out = ExpositionWriter(format: format)
    let isLarge = snapshot.mcps.count >= mcpsPerBlock
    if !snapshot.mcps.isEmpty {
      for metric in MetricCatalogue.perMCP {
        out.begin(metric.family)
        for (index, status) in snapshot.mcps.enumerated() {
          if index % mcpsPerBlock == 0 && index > 0 { out.breakBlock() }
          out.setLabels(status.description.renderedLabels)
          metric.write(status, snapshot.at, &out)
        }
        out.breakBlock(always: isLarge)
      }
    }
    out.setLabels([])
    for metric in MetricCatalogue.ofAgent {
      out.begin(metric.family)
      metric.write(snapshot.agent, &out)
    }
    return out.finish()
  }

  private static let mcpsPerBlock = 256
}
