package import Alerting
import Breaking
import MCPWire
import Notifications
import Signals

extension MetricCatalogue {
  /// The series that the agent can write, for checks of rules.
  package static var known: KnownSeries {
    var known = KnownSeries()
    for family in families {
      var closed: [String: [String]] = [:]
      for label in family.labels { closed[label] = values(of: label, in: family.name) }
      guard family.kind == .histogram else {
        known.add(family.name, closed: closed)
        continue
      }
      known.add("\(family.name)_sum", closed: closed)
      known.add("\(family.name)_count", closed: closed)
      closed["le"] = BucketLabels.text.values
      known.add("\(family.name)_bucket", closed: closed)
    }
    return known
  }

  /// The values that a label can have; `nil` when they come from outside.
  private static func values(of label: String, in family: String) -> [String]? {
    switch (label, family) {
    case ("status", _): all(HealthStatus.self)
    case ("state", "breakwater_silences"): all(Silence.State.self)
    case ("reason", "breakwater_notification_decisions_total"):
      all(NotifyReason.self) + all(SilenceReason.self)
    case ("decision", _): ["send", "hold"]
    case ("integration", _): all(IntegrationKind.self)
    case ("state", _), ("from", _), ("to", _): all(Breaker.StateName.self)
    case ("outcome", _): all(ProbeOutcome.self)
    case ("stage", _): StageTimes().named.map(\.name)
    case ("reason", "breakwater_coordinator_restarts_total"): all(RestartReason.self)
    case ("kind", "mcp_catalogue_changes_total"),
      ("kind", "mcp_catalogue_last_change_timestamp_seconds"):
      all(CatalogueChangeKind.self)
    case ("kind", "breakwater_quarantined_items"): all(WorkItem.Kind.self)
    case ("reason", "breakwater_probes_skipped_total"): all(SkipReason.self)
    case ("reason", "breakwater_journal_failures_total"): all(JournalFailure.self)
    case ("reason", "breakwater_postgres_failures_total"): all(PostgresFailure.self)
    case ("reason", "breakwater_postgres_rows_dropped_total"): all(FeedDropReason.self)
    case ("key", "breakwater_postgres_config_refused"): all(DatabaseKey.self)
    case ("reason", "breakwater_head_samples_dropped_total"): all(SampleDropReason.self)
    case ("reason", "breakwater_notifications_failed_total"),
      ("reason", "breakwater_notification_failed_tries_total"),
      ("reason", "breakwater_alertmanager_alerts_failed_total"):
      all(FailureReason.self)
    case ("reason", "breakwater_web_requests_refused_total"): all(WebRefusal.self)
    case ("reason", "breakwater_notification_alerts_refused_total"): all(AlertRefusal.self)
    default: nil
    }
  }

  private static func all<Value: CaseIterable & RawRepresentable<String>>(
    _: Value.Type
  ) -> [String] {
    Value.allCases.map(\.rawValue)
  }
}
