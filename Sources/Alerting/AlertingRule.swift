import PromQL
import Signals
import Templates

/// An alerting rule at work: its query and the alerts that it has.
struct AlertingRule {
  /// How long a resolved alert is told again.
  static let resolvedRetention = Duration.seconds(15 * 60)

  private let name: String
  private let settings: Rule.Alerting
  private let limit: Int
  private var query: RuleQuery
  private(set) var alerts: [LabelSet: ActiveAlert]

  init(_ rule: Rule, _ settings: Rule.Alerting, limit: Int, alerts: [LabelSet: ActiveAlert]) {
    name = rule.name
    self.settings = settings
    self.limit = limit
    query = RuleQuery(rule.expression)
    self.alerts = alerts
  }

  /// Moves all alerts on by one evaluation and gives the series that show them.
  mutating func evaluate(
    at time: Timestamp, offset: Duration, over source: any SampleSource,
    _ environment: RuleEnvironment
  ) throws(RuleFailure) -> [RuleSample] {
    let asked = time.advanced(by: .zero - offset)
    let mayContinue = environment.mayContinue
    let elements = try query.elements(at: asked, over: source, environment, mayContinue)
    let found = try instances(
      of: elements, at: time, asked: asked, source, environment, mayContinue)
    for alert in found.values { take(alert) }
    var active = 0
    for labels in alerts.keys {
      if advance(labels, isFound: found[labels] != nil, at: time) { active += 1 }
    }
    if limit > 0, active > limit {
      alerts = [:]
      throw RuleFailure(.limit, "exceeded limit of \(limit) with \(active) alerts")
    }
    return samples()
  }

  /// The alerts to tell of now, in order of their labels; they count as told.
  mutating func takeToSend(at time: Timestamp, resendDelay: Duration) -> [ActiveAlert] {
    let due = alerts.values.filter { $0.needsSending(at: time, resendDelay: resendDelay) }
      .sorted { $0.labels < $1.labels }
    for alert in due { alerts[alert.labels]?.lastSentAt = time }
    return due
  }
}

extension AlertingRule {
  /// After the clock was set back.
  mutating func rewind(to now: Timestamp) {
    for labels in alerts.keys { alerts[labels]?.rewind(to: now) }
  }

  /// All alerts will be told anew; gives them as they are.
  mutating func forgetSendings() -> [ActiveAlert] {
    for labels in alerts.keys { alerts[labels]?.lastSentAt = nil }
    return alerts.values.sorted { $0.labels < $1.labels }
  }
}

// MARK: - One evaluation

extension AlertingRule {
  /// What the elements of a result are as alerts.
  private func instances(
    of elements: [VectorElement], at time: Timestamp, asked: Timestamp,
    _ source: any SampleSource, _ environment: RuleEnvironment,
    _ mayContinue: @escaping () -> Bool
  ) throws(RuleFailure) -> [LabelSet: ActiveAlert] {
    var found: [LabelSet: ActiveAlert] = [:]
    for element in elements {
      guard mayContinue() else {
        throw RuleFailure(.query, "query timed out in expression evaluation")
      }
      let context = TemplateContext(
        labels: element.labels, value: element.sample.value,
        externalLabels: environment.externalLabels, externalURL: environment.externalURL,
        now: asked, query: Self.query(at: asked, source, environment, mayContinue))
      var labels = element.labels.dropping([LabelSet.nameLabel])
      for label in settings.labels {
        labels = labels.setting(label.name, to: Self.text(of: label, context))
      }
      labels = labels.setting("alertname", to: name)
      let annotations = settings.annotations.map {
        Label(name: $0.name, value: Self.text(of: $0, context))
      }
      let alert = ActiveAlert(
        labels: labels, annotations: annotations, value: element.sample.value, activeAt: time)
      guard found.updateValue(alert, forKey: labels) == nil else {
        throw RuleFailure(
          .duplicate,
          "vector contains metrics with the same labelset after applying alert labels")
      }
    }
    return found
  }

  /// A template that fails does not keep its alert from being told.
  private static func text(of label: TemplatedLabel, _ context: TemplateContext) -> String {
    do throws(TemplateError) {
      return try label.template.expanded(with: context)
    } catch {
      return "<error expanding template: \(error)>"
    }
  }

  /// The function `query` of templates.
  private static func query(
    at time: Timestamp, _ source: any SampleSource, _ environment: RuleEnvironment,
    _ mayContinue: @escaping () -> Bool
  ) -> (String) throws(TemplateError) -> [TemplateSample] {
    { text throws(TemplateError) in
      do {
        var query = RuleQuery(try Expression(parsing: text))
        return try query.elements(at: time, over: source, environment, mayContinue).map {
          TemplateSample(labels: $0.labels, value: $0.sample.value)
        }
      } catch {
        throw TemplateError("\(error)")
      }
    }
  }

  private mutating func take(_ alert: ActiveAlert) {
    guard let known = alerts[alert.labels], known.state != .inactive else {
      alerts[alert.labels] = alert
      return
    }
    alerts[alert.labels]?.value = alert.value
    alerts[alert.labels]?.annotations = alert.annotations
  }

  /// Whether the alert is still pending or firing.
  private mutating func advance(_ labels: LabelSet, isFound: Bool, at time: Timestamp) -> Bool {
    guard var alert = alerts[labels] else { return false }
    if isFound {
      alert.keepFiringSince = nil
    } else if !isKept(&alert, at: time) {
      let isTold = alert.resolvedAt.map { $0.duration(to: time) > Self.resolvedRetention } ?? false
      if alert.state == .pending || isTold {
        alerts[labels] = nil
        return false
      }
      if alert.state == .firing {
        alert.state = .inactive
        alert.resolvedAt = time
      }
      alerts[labels] = alert
      return false
    }
    let isHeldLongEnough = alert.activeAt.duration(to: time) >= settings.holdDuration
    if alert.state == .pending, isHeldLongEnough {
      alert.state = .firing
      alert.firedAt = time
    } else if alert.state == .firing, !isHeldLongEnough {
      alert.state = .pending  // `for` was raised by a reload
      alert.firedAt = nil
      alert.lastSentAt = nil
    }
    alerts[labels] = alert
    return true
  }

  /// Whether a missing alert goes on firing because of `keep_firing_for`.
  private func isKept(_ alert: inout ActiveAlert, at time: Timestamp) -> Bool {
    guard alert.state == .firing, settings.keepFiringFor > .zero else { return false }
    let since = alert.keepFiringSince ?? time
    alert.keepFiringSince = since
    return since.duration(to: time) < settings.keepFiringFor
  }

  private func samples() -> [RuleSample] {
    alerts.values.filter { $0.state != .inactive }.sorted { $0.labels < $1.labels }
      .flatMap { alert in
        let shown = alert.labels.setting(LabelSet.nameLabel, to: "ALERTS")
          .setting("alertstate", to: alert.state.rawValue)
        let since = alert.labels.setting(LabelSet.nameLabel, to: "ALERTS_FOR_STATE")
        let seconds = (Double(alert.activeAt.milliseconds) / 1000).rounded(.down)
        return [
          RuleSample(labels: shown, value: 1), RuleSample(labels: since, value: seconds),
        ]
      }
  }
}
