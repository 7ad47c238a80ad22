import PromQL
import Signals
package import Templates

extension MessageData {
  /// What the templates of a receiver see of a message.
  package init(_ message: OutgoingMessage, externalURL: String) {
    self.init(alerts: message.alerts.map { MessageAlert($0, externalURL: externalURL) })
    receiver = message.receiver
    groupKey = message.groupKey.text
    groupLabels = message.groupLabels
    commonLabels = Payload.common(message.alerts.lazy.map(\.labels.labels))
    commonAnnotations = Payload.common(message.alerts.lazy.map(\.annotations))
    self.externalURL = externalURL
    pageURL = SafeLink.encoded(externalURL + "/") ?? ""
    reason = message.reason.rawValue
    now = message.now
  }
}

extension MessageAlert {
  /// Its source is not linked to when that is this agent, which has no page for it.
  fileprivate init(_ alert: Alert, externalURL: String) {
    self.init(
      labels: alert.labels.labels, annotations: alert.annotations, startsAt: alert.startsAt,
      endsAt: alert.isResolved ? alert.endsAt : nil, generatorURL: alert.generatorURL,
      fingerprint: alert.labels.alertFingerprint)
    if let runbook = alert.annotations.first(where: { $0.name == "runbook_url" }) {
      runbookURL = SafeLink.encoded(runbook.value) ?? ""
    }
    let isOurs = !externalURL.isEmpty && alert.generatorURL.hasPrefix(externalURL)
    sourceURL = isOurs ? "" : SafeLink.encoded(alert.generatorURL) ?? ""
  }
}
