import Signals

extension MetricCatalogue {
  /// The catalogue as a Markdown page: what `breakwater metrics` prints and docs/metrics.md holds.
  package static var markdown: String {
    """
    # Metrics

    Every series that `GET /metrics` can show, as `breakwater metrics` prints it. Durations and
    instants are in seconds. A family without samples is left out of a page.

    ## Of each MCP

    Each series has the label `mcp` (its name) and the labels that the configuration gives it.

    \(table(perMCP.map(\.family)))

    ## Of the agent

    \(table(ofAgent.map(\.family)))

    """
  }

  private static func table(_ families: [MetricFamily]) -> String {
    let rows = families.map { family in
      let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.help) |"
    }
    return (["| series | type | further labels | what it says |", "|---|---|---|---|"] + rows)
      .joined(separator: "\n")
  }
}
