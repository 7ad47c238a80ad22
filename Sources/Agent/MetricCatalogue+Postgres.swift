import Signals

private let failureReasons = RenderedSet("reason", of: PostgresFailure.self).members
private let dropReasons = RenderedSet("reason", of: FeedDropReason.self).members

extension MetricCatalogue {
  /// Nothing of it is there without a Postgres in the configuration.
  static let postgres: [OfAgent] = [
    ofLink(
      "breakwater_postgres_up", .gauge,
      "Whether the agent is connected to Postgres and its schema is one to write to.",
      { .flag($0.isUp) }),
    ofLink(
      "breakwater_postgres_writes_total", .counter,
      "Transactions that brought health to Postgres.", { .whole($0.writes) }),
    ofLink(
      "breakwater_postgres_rows_written_total", .counter,
      "Rows of the journal's feed that are in Postgres.", { .whole($0.rowsWritten) }),
    OfAgent(
      "breakwater_postgres_failures_total", .counter,
      "Connections, transactions and looks at Postgres that failed.", labels: ["reason"]
    ) { agent, out in
      guard let figures = agent.postgres else { return }
      for (count, member) in zip(figures.failures, failureReasons) {
        out.sample(.whole(count), label: member.label)
      }
    },
    OfAgent(
      "breakwater_postgres_rows_dropped_total", .counter,
      "Rows of the journal's feed that will never be in Postgres.", labels: ["reason"]
    ) { agent, out in
      guard let figures = agent.postgres else { return }
      for (count, member) in zip(figures.dropped, dropReasons) {
        out.sample(.whole(count), label: member.label)
      }
    },
    ofLink(
      "breakwater_postgres_queue_length", .gauge, "Rows in the journal that wait for Postgres.",
      { .whole($0.queueLength) }),
    ofLink(
      "breakwater_postgres_queue_bytes", .gauge,
      "Bytes in the journal that wait for Postgres; beyond a bound the oldest are dropped.",
      { .whole($0.queueBytes) }),
    ofLink(
      "breakwater_postgres_lag_seconds", .gauge,
      "Age of the oldest row that waits for Postgres; 0 when none does.",
      { .microseconds($0.lag.wholeMicroseconds) }),
    ofLink(
      "breakwater_postgres_rows_pruned_total", .counter,
      "Rows of the health log deleted because they were older than storage.retention.events.",
      { .whole($0.pruned) }),
    ofLink(
      "breakwater_postgres_registry_mcps", .gauge, "Rows of mcp_servers that are watched as MCPs.",
      { .whole($0.registryMCPs) }),
    ofLink(
      "breakwater_postgres_registry_refused", .gauge,
      "Active rows of mcp_servers that cannot be watched.", { .whole($0.registryRefused) }),
    OfAgent(
      "breakwater_postgres_config_refused", .gauge,
      "Whether the value of a key of omni2_config cannot be taken.", labels: ["key"]
    ) { agent, out in
      guard let figures = agent.postgres else { return }
      for key in DatabaseKey.allCases {
        let isRefused = figures.configRefused.contains(key)
        out.sample(.flag(isRefused), label: renderedLabel("key", key.rawValue))
      }
    },
  ]

  private static func ofLink(
    _ name: String, _ kind: MetricFamily.Kind, _ help: String,
    _ value: @escaping @Sendable (PostgresFigures) -> MetricValue
  ) -> OfAgent {
    OfAgent(name, kind, help) { agent, out in
      if let figures = agent.postgres { out.sample(value(figures)) }
    }
  }
}
