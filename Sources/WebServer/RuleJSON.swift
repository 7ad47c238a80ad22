import Alerting
import PromQL
import Signals

/// Rules and alerts as Prometheus's API shows them.
extension JSONBlocks {
  mutating func group(_ status: RuleGroupStatus, _ rules: [RuleStatus], withAlerts: Bool) {
    raw(#"{"name":"#)
    string(status.group.name)
    raw(#","file":"#)
    string(status.group.file)
    raw(#","rules":["#)
    for (index, rule) in rules.enumerated() {
      if index > 0 { byte(",") }
      self.rule(rule, withAlerts: withAlerts)
      breakIfFull()
    }
    raw(#"],"interval":"#)
    seconds(status.group.interval)
    raw(#","limit":"#)
    integer(Int64(clamping: status.group.limit))
    evaluation(status.evaluationTime, status.lastEvaluation)
    byte("}")
  }

  private mutating func evaluation(_ time: Duration, _ last: Timestamp?) {
    raw(#","evaluationTime":"#)
    seconds(time)
    raw(#","lastEvaluation":"#)
    instant(last)
  }

  private mutating func rule(_ status: RuleStatus, withAlerts: Bool) {
    byte("{")
    if case .alerting(let settings) = status.rule.kind {
      raw(#""state":"#)
      string(status.state.rawValue)
      byte(",")
      head(status.rule)
      raw(#","duration":"#)
      seconds(settings.holdDuration)
      raw(#","keepFiringFor":"#)
      seconds(settings.keepFiringFor)
      raw(#","labels":"#)
      labels(status.rule.labels)
      raw(#","annotations":"#)
      labels(settings.annotations.map { Label(name: $0.name, value: $0.text) })
      raw(#","alerts":["#)
      if withAlerts { alerts(status.alerts, isFirst: true) }
      byte("]")
    } else {
      head(status.rule)
      if !status.rule.labels.isEmpty {
        raw(#","labels":"#)
        labels(status.rule.labels)
      }
    }
    raw(#","health":"#)
    string(status.health.rawValue)
    if let error = status.lastError {
      raw(#","lastError":"#)
      string(error)
    }
    evaluation(status.evaluationTime, status.lastEvaluation)
    status.rule.isAlerting ? raw(#","type":"alerting"}"#) : raw(#","type":"recording"}"#)
  }

  private mutating func head(_ rule: Rule) {
    raw(#""name":"#)
    string(rule.name)
    raw(#","query":"#)
    string(rule.expression.description)
  }

  mutating func alerts(_ alerts: [ActiveAlert], isFirst: Bool) {
    for (index, alert) in alerts.enumerated() {
      if index > 0 || !isFirst { byte(",") }
      raw(#"{"labels":"#)
      labels(alert.labels.labels)
      raw(#","annotations":"#)
      labels(alert.annotations)
      raw(#","state":"#)
      string(alert.state.rawValue)
      raw(#","activeAt":"#)
      instant(alert.activeAt)
      if let since = alert.keepFiringSince {
        raw(#","keepFiringSince":"#)
        instant(since)
      }
      raw(#","value":"#)
      exponential(alert.value)
      byte("}")
      breakIfFull()
    }
  }

  private mutating func labels(_ list: [Label]) {
    byte("{")
    for (index, label) in list.enumerated() {
      if index > 0 { byte(",") }
      string(label.name)
      byte(":")
      string(label.value)
    }
    byte("}")
  }

  /// RFC 3339; Go's zero time where there is none.
  private mutating func instant(_ time: Timestamp?) {
    string(time?.rfc3339 ?? "0001-01-01T00:00:00Z")
  }
}

extension RuleStatus {
  /// The worst of its alerts'.
  fileprivate var state: AlertState {
    if alerts.contains(where: { $0.state == .firing }) { return .firing }
    return alerts.isEmpty ? .inactive : .pending
  }
}
