import Alerting
import Foundation
import GRDB
import PromQL
import SampleStore
import Signals

/// An alert as a row of `alert`, both ways.
enum AlertRow {
  static let upsert = """
    INSERT OR REPLACE INTO alert (
      rule, labels, state, value, active_ms, fired_ms, resolved_ms, keep_firing_since_ms,
      annotations
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  static let delete = "DELETE FROM alert WHERE rule = ? AND labels = ?"
  static let all = "SELECT * FROM alert ORDER BY rule, labels"

  static func key(_ id: AlertID) -> StatementArguments {
    [id.rule.description.withoutNUL, Data(StoredLabels.bytes(of: id.labels))]
  }

  static func arguments(of record: AlertRecord) -> StatementArguments {
    let alert = record.alert
    return key(record.id) + [
      alert.state.rawValue, Int64(bitPattern: alert.value.bitPattern), alert.activeAt.milliseconds,
      alert.firedAt?.milliseconds, alert.resolvedAt?.milliseconds,
      alert.keepFiringSince?.milliseconds, Data(StoredLabels.bytes(of: alert.annotations)),
    ]
  }

  /// `nil` for what cannot be read.
  static func record(_ columns: Columns) -> AlertRecord? {
    guard let rule = columns.text("rule"),
      let labels = columns.bytes("labels").flatMap(StoredLabels.labels(from:)),
      let annotations = columns.bytes("annotations").flatMap(StoredLabels.list(from:)),
      let state = columns.member("state", of: AlertState.self),
      let value = columns.integer("value"), let activeAt = columns.timestamp("active_ms")
    else { return nil }
    var alert = ActiveAlert(
      labels: labels, annotations: annotations,
      value: Double(bitPattern: UInt64(bitPattern: value)), activeAt: activeAt)
    alert.state = state
    alert.firedAt = columns.timestamp("fired_ms")
    alert.resolvedAt = columns.timestamp("resolved_ms")
    alert.keepFiringSince = columns.timestamp("keep_firing_since_ms")
    return AlertRecord(rule: RuleKey(rule), alert: alert)
  }
}
