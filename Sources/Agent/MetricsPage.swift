package import Signals

/// The page behind `GET /metrics`.
package enum MetricsPage {
  /// Writes the page as blocks of some ten kilobytes, each ending at a line's end.
  ///
  /// Every family is one uninterrupted group; a family without samples is left out. With many MCPs,
  /// blocks end at the same MCPs in every scrape, so that what did not change is found unchanged.
  package static func write(
    _ snapshot: AgentSnapshot, format: ExpositionFormat, to sink: @escaping ([UInt8]) -> Void
  ) {
    var out = ExpositionWriter(format: format, sink: sink)
    let isLarge = snapshot.mcps.count >= manyMCPs
    for metric in MetricCatalogue.perMCP {
      out.begin(metric.family)
      // By index: an element taken out of the array would cost a retain for each of its fields.
      for index in snapshot.mcps.indices {
        if index % mcpsPerBlock == 0 { out.breakBlock() }
        out.setLabels(snapshot.mcps[index].description.renderedLabels)
        metric.write(snapshot.mcps[index], snapshot.at, &out)
      }
      out.breakBlock(always: isLarge)
    }
    out.setLabels([])
    for metric in MetricCatalogue.ofAgent {
      out.begin(metric.family)
      metric.write(snapshot.agent, &out)
    }
    out.finish()
  }

  private static let manyMCPs = 256
  private static let mcpsPerBlock = 32
}
