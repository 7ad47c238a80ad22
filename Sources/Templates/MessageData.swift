package import Signals

/// What the templates of a message see: Alertmanager's data and some of our own.
package struct MessageData: Sendable {
  package var receiver = ""
  package var groupKey = ""
  package var groupLabels: [Label] = []
  /// Pairs that all alerts have, those that are not listed among them.
  package var commonLabels: [Label] = []
  package var commonAnnotations: [Label] = []
  package var routeLabels: [Label] = []
  package var externalURL = ""
  /// Of the agent's page, fit for a link in any markup.
  package var pageURL = ""
  /// Why it is sent.
  package var reason = ""
  /// What `since` counts to.
  package var now = Timestamp(milliseconds: 0)
  /// Firing ones first.
  package let alerts: [MessageAlert]
  /// Whether any of the alerts fires.
  package var fires: Bool { firing > 0 }
  private let firing: Int
  /// How many of the alerts `.Alerts` has, from the first on.
  package private(set) var listed: Int

  package init(alerts: [MessageAlert]) {
    self.alerts = alerts.filter { !$0.isResolved } + alerts.filter(\.isResolved)
    listed = alerts.count
    firing = alerts.reduce(0) { $1.isResolved ? $0 : $0 + 1 }
  }

  /// The same with at most the first `count` alerts in `.Alerts`; the others are in
  /// `.TruncatedAlerts`. It costs nothing: alerts become values when a template looks at them.
  package func listing(_ count: Int) -> MessageData {
    var data = self
    data.listed = min(max(0, count), alerts.count)
    return data
  }

  var value: TemplateValue {
    .structure(
      Structure(
        fields: [
          .init("Receiver", "string", .outside(receiver)),
          .init("Status", "string", .text(fires ? "firing" : "resolved")),
          .init("Alerts", "template.Alerts", .alerts(AlertList(alerts[..<listed]))),
          .init("GroupLabels", "template.KV", .keyValues(KeyValues(groupLabels))),
          .init("CommonLabels", "template.KV", .keyValues(KeyValues(commonLabels))),
          .init("CommonAnnotations", "template.KV", .keyValues(KeyValues(commonAnnotations))),
          .init("ExternalURL", "string", .outside(externalURL)),
          .init("NotificationReason", "string", .text(reason)),
          .init("RouteLabels", "template.KV", .keyValues(KeyValues(routeLabels))),
        ],
        more: [
          .init("GroupKey", "string", .outside(groupKey)),
          .init("TruncatedAlerts", "int", .int(alerts.count - listed)),
          .init("FiringTotal", "int", .int(firing)),
          .init("ResolvedTotal", "int", .int(alerts.count - firing)),
          .init("PageURL", "string", .text(pageURL)),
        ], name: "template.Data"))
  }
}

/// An alert of a message.
package struct MessageAlert: Sendable {
  /// Sorted by name, as the annotations are.
  package var labels: [Label]
  package var annotations: [Label]
  package var startsAt: Timestamp
  /// `nil` while it fires.
  package var endsAt: Timestamp?
  package var generatorURL: String
  package var fingerprint: UInt64
  /// Of the annotation `runbook_url` and of the generator, fit for a link in any markup.
  package var runbookURL = ""
  package var sourceURL = ""

  package init(
    labels: [Label], annotations: [Label], startsAt: Timestamp, endsAt: Timestamp?,
    generatorURL: String, fingerprint: UInt64
  ) {
    self.labels = labels
    self.annotations = annotations
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.generatorURL = generatorURL
    self.fingerprint = fingerprint
  }

  package var isResolved: Bool { endsAt != nil }

  var value: TemplateValue {
    let digits = String(fingerprint, radix: 16)
    let hexadecimal = String(repeating: "0", count: 16 - digits.count) + digits
    let endsAt = endsAt.map { GoTime(milliseconds: $0.milliseconds) } ?? .zero
    return .structure(
      Structure(
        fields: [
          .init("Status", "string", .text(isResolved ? "resolved" : "firing")),
          .init("Labels", "template.KV", .keyValues(KeyValues(labels))),
          .init("Annotations", "template.KV", .keyValues(KeyValues(annotations))),
          .init(
            "StartsAt", "time.Time",
            .time(GoTime(milliseconds: startsAt.milliseconds), isPointer: false)),
          .init("EndsAt", "time.Time", .time(endsAt, isPointer: false)),
          .init("GeneratorURL", "string", .outside(generatorURL)),
          .init("Fingerprint", "string", .text(hexadecimal)),
        ],
        more: [
          .init("RunbookURL", "string", .text(runbookURL)),
          .init("SourceURL", "string", .text(sourceURL)),
        ], name: "template.Alert"))
  }
}

/// `template.Alerts`, or the part of it that fires or is resolved, which has no methods.
package struct AlertList: Sendable {
  let alerts: ArraySlice<MessageAlert>
  let isNamed: Bool

  init(_ alerts: ArraySlice<MessageAlert>, isNamed: Bool = true) {
    self.alerts = alerts
    self.isNamed = isNamed
  }

  subscript(index: Int) -> TemplateValue? {
    let place = alerts.startIndex + index
    return index >= 0 && place < alerts.endIndex ? alerts[place].value : nil
  }

  func part(resolved: Bool) -> AlertList {
    // They are in this order, and a template may ask once for each alert.
    var (low, high) = (alerts.startIndex, alerts.endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if alerts[middle].isResolved { high = middle } else { low = middle + 1 }
    }
    return AlertList(resolved ? alerts[low...] : alerts[..<low], isNamed: false)
  }
}

/// `template.KV`: labels or annotations.
package struct KeyValues: Sendable {
  /// Sorted by name.
  let pairs: [Label]

  init(_ pairs: [Label]) { self.pairs = pairs }

  /// Of a look at all of them, in bytes.
  var cost: Int {
    pairs.reduce(0) { $0 + 64 + $1.name.utf8.count + $1.value.utf8.count }
  }

  func value(of key: [UInt8]) -> TemplateValue? {
    pairs.first { $0.name.utf8.elementsEqual(key) }.map { .outside($0.value) }
  }

  /// The name of the alert comes first.
  var sorted: [Label] {
    guard let place = pairs.firstIndex(where: { $0.name == "alertname" }) else { return pairs }
    return [pairs[place]] + pairs[..<place] + pairs[(place + 1)...]
  }
}

extension [Label] {
  /// `template.Pairs`
  var value: TemplateValue {
    .list(
      map { pair in
        .structure(
          Structure(
            fields: [
              .init("Name", "string", .outside(pair.name)),
              .init("Value", "string", .outside(pair.value)),
            ], name: "template.Pair"))
      }, of: "template.Pair")
  }

  /// `alertname=McpDown, mcp=weather`
  var text: String { map { "\($0.name)=\($0.value)" }.joined(separator: ", ") }
}
