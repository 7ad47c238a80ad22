import PromQL
import Signals

/// Alerts that are told of together.
struct AlertGroup: Sendable {
  let key: GroupKey
  let labels: LabelSet
  /// By fingerprint.
  var alerts: [UInt64: Alert] = [:]
  var nextFlush: MonotonicInstant
  var hasFlushed = false

  init(labels: LabelSet, nextFlush: MonotonicInstant) {
    key = Grouping.key(for: labels)
    self.labels = labels
    self.nextFlush = nextFlush
  }

  /// Firing ones first; then by labels.
  var inOrder: [Alert] {
    alerts.values.sorted { left, right in
      left.isResolved == right.isResolved ? left.labels < right.labels : right.isResolved
    }
  }

  func fingerprints(resolved: Bool) -> Set<UInt64> {
    Set(alerts.lazy.filter { $0.value.isResolved == resolved }.map(\.key))
  }

  func told(at now: Timestamp) -> Told {
    var (firing, resolved): ([ToldAlert], [ToldAlert]) = ([], [])
    for (fingerprint, alert) in alerts {
      let told = ToldAlert(
        labels: alert.labels, startsAt: alert.startsAt, fingerprint: fingerprint)
      if alert.isResolved { resolved.append(told) } else { firing.append(told) }
    }
    return Told(firing: firing, resolved: resolved, at: now)
  }
}
