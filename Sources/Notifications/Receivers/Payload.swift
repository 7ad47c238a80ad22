import PromQL
import Signals

/// The body of a webhook: Alertmanager's version 4.
struct Payload {
  var message: OutgoingMessage
  var externalURL: String
  /// 0 is no limit.
  var maxAlerts: Int
  /// Of the listed alerts, in bytes; the first is listed in any case, shortened if need be.
  var bytesMax: Int

  func render() -> [UInt8] {
    let (listed, items) = listedAlerts()
    var json = JSONText()
    json.append(#"{"version":"4","groupKey":"#)
    json.append(string: message.groupKey.text)
    json.append(#","truncatedAlerts":\#(message.alerts.count - listed.count)"#)
    let fires = listed.contains { !$0.isResolved }
    json.append(#","status":"\#(fires ? "firing" : "resolved")","receiver":"#)
    json.append(string: message.receiver)
    json.append(#","groupLabels":"#)
    json.append(object: message.groupLabels)
    json.append(#","commonLabels":"#)
    json.append(object: Self.common(listed.map(\.labels.labels)))
    json.append(#","commonAnnotations":"#)
    json.append(object: Self.common(listed.map(\.annotations)))
    json.append(#","routeLabels":{},"externalURL":"#)
    json.append(string: externalURL)
    json.append(#","notification_reason":"#)
    json.append(string: message.reason.rawValue)
    json.append(#","delivery_id":"#)
    json.append(string: message.deliveryID)
    json.append(#","alerts":["#)
    for (index, item) in items.enumerated() {
      if index > 0 { json.append(",") }
      json.append(item)
    }
    json.append("]}")
    // Without the room that a growing array has: thousands of messages may wait.
    var exact: [UInt8] = []
    exact.reserveCapacity(json.bytes.count)
    exact.append(contentsOf: json.bytes)
    return exact
  }

  /// The alerts that there is room for, and their JSON.
  private func listedAlerts() -> ([Alert], [[UInt8]]) {
    var listed: [Alert] = []
    var items: [[UInt8]] = []
    var room = bytesMax
    let alerts = message.alerts
    for alert in maxAlerts > 0 ? alerts.prefix(maxAlerts) : alerts[...] {
      let alert = listed.isEmpty ? shortened(alert) : alert
      let item = Self.item(alert)
      if item.count > room && !items.isEmpty { break }
      room -= item.count
      listed.append(alert)
      items.append(item)
    }
    return (listed, items)
  }

  /// With annotations that fit, as far as cutting them helps: all alerts may have them in common,
  /// and then they stand in the message twice.
  private func shortened(_ alert: Alert) -> Alert {
    var shorter = alert
    var longest = alert.annotations.map(\.value.utf8.count).max() ?? 0
    while longest > 64, Self.item(shorter).count > bytesMax / 2 {
      longest /= 2
      shorter.annotations = alert.annotations.map {
        Label(name: $0.name, value: Alert.cut($0.value, to: longest))
      }
    }
    return shorter
  }

  private static func item(_ alert: Alert) -> [UInt8] {
    var json = JSONText()
    json.append(#"{"status":"\#(alert.isResolved ? "resolved" : "firing")","labels":"#)
    json.append(object: alert.labels.labels)
    json.append(#","annotations":"#)
    json.append(object: alert.annotations)
    json.append(#","startsAt":"\#(time(alert.startsAt))","endsAt":""#)
    json.append(alert.isResolved ? time(alert.endsAt) : "0001-01-01T00:00:00Z")
    json.append(#"","generatorURL":"#)
    json.append(string: alert.generatorURL)
    json.append(#","fingerprint":"\#(alert.labels.alertFingerprint.hexadecimal)"}"#)
    return json.bytes
  }

  /// The pairs that all have; each list is sorted by name.
  static func common(_ lists: some Collection<[Label]>) -> [Label] {
    guard var common = lists.first else { return [] }
    for list in lists.dropFirst() where !common.isEmpty {
      let values = Dictionary(list.map { ($0.name, $0.value) }) { _, last in last }
      common.removeAll { label in
        !(values[label.name].map { $0.utf8.elementsEqual(label.value.utf8) } ?? false)
      }
    }
    return common
  }

  /// As Go prints a time: no zeros at the end of the fraction.
  static func time(_ timestamp: Timestamp) -> String {
    var text = RFC3339.string(timestamp).dropLast()
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text + "Z"
  }
}

extension JSONText {
  mutating func append(object pairs: [Label]) {
    append("{")
    for (index, pair) in pairs.enumerated() {
      if index > 0 { append(",") }
      append(string: pair.name)
      append(":")
      append(string: pair.value)
    }
    append("}")
  }
}
