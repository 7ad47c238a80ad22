import Notifications
import PromQL
import Signals

/// Alerts, groups and silences as Alertmanager's API shows them.
extension JSONBlocks {
  mutating func list<Element>(
    _ elements: some Sequence<Element>, _ write: (inout JSONBlocks, Element) -> Void
  ) {
    byte("[")
    var isFirst = true
    for element in elements {
      if !isFirst { byte(",") }
      isFirst = false
      write(&self, element)
      breakIfFull()
    }
    byte("]")
  }

  /// `mutedBy`: the time intervals that keep its group quiet.
  mutating func alert(_ view: NotificationView.AlertView, mutedBy: [String] = []) {
    raw(#"{"annotations":"#)
    pairs(view.alert.annotations)
    raw(#","endsAt":"#)
    string(view.alert.endsAt.rfc3339)
    raw(#","fingerprint":"#)
    string(view.fingerprint.hexadecimal)
    raw(#","receivers":"#)
    list(view.receivers) { $0.receiver($1) }
    raw(#","startsAt":"#)
    string(view.alert.startsAt.rfc3339)
    raw(#","status":{"inhibitedBy":"#)
    strings(view.inhibitedBy.map(\.hexadecimal))
    raw(#","mutedBy":"#)
    strings(mutedBy)
    raw(#","silencedBy":"#)
    strings(view.silencedBy)
    raw(#","state":"#)
    let state = mutedBy.isEmpty ? view.state : .suppressed
    string(state.rawValue)
    raw(#"},"updatedAt":"#)
    string(view.updatedAt.rfc3339)
    raw(#","generatorURL":"#)
    string(view.alert.generatorURL)
    raw(#","labels":"#)
    pairs(view.alert.labels.labels)
    byte("}")
  }

  mutating func group(
    _ group: NotificationView.GroupView, of alerts: [NotificationView.AlertView]
  ) {
    raw(#"{"alerts":"#)
    list(group.alerts) { $0.alert(alerts[$1], mutedBy: group.mutedBy) }
    raw(#","labels":"#)
    pairs(group.labels.labels)
    raw(#","receiver":"#)
    receiver(group.receiver)
    byte("}")
  }

  mutating func receiver(_ name: String) {
    raw(#"{"name":"#)
    string(name)
    byte("}")
  }

  mutating func silence(_ silence: Silence, at now: Timestamp) {
    raw(#"{"id":"#)
    string(silence.id)
    raw(#","status":{"state":"#)
    string(silence.state(at: now).rawValue)
    raw(#"},"updatedAt":"#)
    string(silence.updatedAt.rfc3339)
    if !silence.annotations.isEmpty {
      raw(#","annotations":"#)
      pairs(silence.annotations)
    }
    raw(#","comment":"#)
    string(silence.comment)
    raw(#","createdBy":"#)
    string(silence.createdBy)
    raw(#","endsAt":"#)
    string(silence.endsAt.rfc3339)
    raw(#","matchers":"#)
    list(silence.matchers) { $0.matcher($1) }
    raw(#","startsAt":"#)
    string(silence.startsAt.rfc3339)
    byte("}")
  }

  private mutating func matcher(_ matcher: Matcher) {
    raw(#"{"isEqual":"#)
    boolean(matcher.op == .equal || matcher.op == .matches)
    raw(#","isRegex":"#)
    boolean(matcher.op == .matches || matcher.op == .doesNotMatch)
    raw(#","name":"#)
    string(matcher.label)
    raw(#","value":"#)
    string(matcher.value)
    byte("}")
  }

  /// `{"name":"value"}`
  mutating func pairs(_ labels: [Label]) {
    byte("{")
    for (index, label) in labels.enumerated() {
      if index > 0 { byte(",") }
      string(label.name)
      byte(":")
      string(label.value)
    }
    byte("}")
  }
}
