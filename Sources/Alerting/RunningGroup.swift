package import Notifications
package import PromQL
package import Signals
import Templates

/// What one evaluation of a group brought about, beside the samples in the store.
package struct GroupEvaluation: Sendable {
  /// To be told of, in the rules' order.
  package var alerts: [Alert] = []
  /// Whose state changed.
  package var changed: [AlertRecord] = []
  package var gone: [AlertID] = []

  package var isEmpty: Bool { alerts.isEmpty && changed.isEmpty && gone.isEmpty }

  package mutating func append(_ other: Self) {
    alerts += other.alerts
    changed += other.changed
    gone += other.gone
  }
}

/// A group of rules at work. Use it from one thread; deep expressions need a stack of 16 MiB.
package struct RunningGroup {
  private enum Work {
    case recording(RecordingRule)
    case alerting(AlertingRule)
  }

  package let group: RuleGroup
  package let keys: [RuleKey]
  package private(set) var status: RuleGroupStatus
  /// What its rules are called while they are evaluated.
  let marks: [String]
  private var work: [Work] = []
  /// Places of the rules that are not evaluated.
  private var quarantined: Set<Int> = []
  /// Of each rule, the path of its graph.
  private let paths: [String]

  /// `alerts`: those that the rules have already, by rule; `quarantined`: why which rules are not
  /// evaluated, by mark.
  package init(
    _ group: RuleGroup, keys: [RuleKey], alerts: [RuleKey: [LabelSet: ActiveAlert]] = [:],
    quarantined: [String: String] = [:]
  ) {
    self.group = group
    self.keys = keys
    marks = zip(keys, group.rules).map { $0.mark(of: $1) }
    status = RuleGroupStatus(group)
    paths = group.rules.map { GraphLink.path(of: $0.expression.description, .table) }
    for (index, rule) in group.rules.enumerated() {
      switch rule.kind {
      case .recording: work.append(.recording(RecordingRule(rule, limit: group.limit)))
      case .alerting(let settings):
        let known = index < keys.count ? alerts[keys[index]] ?? [:] : [:]
        let alerting = AlertingRule(rule, settings, limit: group.limit, alerts: known)
        work.append(.alerting(alerting))
        status.rules[index].alerts = alerting.shown
      }
    }
    for (index, mark) in marks.enumerated() {
      guard let reason = quarantined[mark] else { continue }
      self.quarantined.insert(index)
      status.rules[index].health = .err
      status.rules[index].lastError = reason
    }
  }

  /// The alerts of its rules, resolved ones too, by rule.
  package var alerts: [RuleKey: [LabelSet: ActiveAlert]] {
    var all: [RuleKey: [LabelSet: ActiveAlert]] = [:]
    for (key, work) in zip(keys, work) {
      if case .alerting(let rule) = work, !rule.alerts.isEmpty { all[key] = rule.alerts }
    }
    return all
  }

  /// All alerts will be told anew; gives them as they are.
  mutating func forgetSendings() -> [ActiveAlert] {
    var all: [ActiveAlert] = []
    for index in work.indices {
      guard case .alerting(var rule) = work[index] else { continue }
      all += rule.forgetSendings()
      work[index] = .alerting(rule)
    }
    return all
  }

  /// Firing alerts that nobody was told of in this life.
  func untold(at time: Timestamp, _ environment: RuleEnvironment) -> [Alert] {
    zip(paths, work).flatMap { path, work -> [Alert] in
      guard case .alerting(let its) = work else { return [] }
      let url = environment.externalURL + path
      return its.shown.filter { $0.state == .firing && $0.lastSentAt == nil }.map {
        $0.told(url, at: time, interval: group.interval, environment)
      }
    }
  }

  package mutating func miss(_ slots: Int64) { status.figures.missed += UInt64(clamping: slots) }

  /// The clock was set back: goes on from `now` when the last evaluation is later by an interval or
  /// more. Gives the alerts that this has moved.
  mutating func rewind(to now: Timestamp) -> [AlertRecord] {
    guard let last = status.lastEvaluation, now.duration(to: last) >= group.interval else {
      return []
    }
    status.lastEvaluation = now
    var result = GroupEvaluation()
    for index in work.indices {
      guard case .alerting(var rule) = work[index] else { continue }
      let before = rule.alerts
      rule.rewind(to: now)
      work[index] = .alerting(rule)
      status.rules[index].alerts = rule.shown
      note(before, rule.alerts, of: keys[index], in: &result)
    }
    return result.changed
  }

  /// Evaluates all rules in order, each over what those before it have written. The alerts of a
  /// rule in quarantine stay as they are.
  package mutating func evaluate(
    at time: Timestamp, atOnce: Bool = false, over store: inout some RuleStore,
    _ environment: RuleEnvironment
  ) -> GroupEvaluation {
    var result = GroupEvaluation()
    let began = environment.stopwatch()
    status.samples = 0
    for index in work.indices where !quarantined.contains(index) {
      environment.inHand(marks[index])
      result.append(evaluate(index, at: time, over: &store, environment))
      environment.inHand(nil)
    }
    status.lastEvaluation = time
    status.evaluationTime = began.duration(to: environment.stopwatch())
    status.figures.times.groups.observe(status.evaluationTime)
    status.figures.iterations += 1
    if atOnce { status.figures.atOnce += 1 }
    return result
  }
}

// MARK: - One rule

extension RunningGroup {
  private mutating func evaluate(
    _ index: Int, at time: Timestamp, over store: inout some RuleStore,
    _ environment: RuleEnvironment
  ) -> GroupEvaluation {
    let began = environment.stopwatch()
    var result = GroupEvaluation()
    var failure: RuleFailure?
    do throws(RuleFailure) {
      let samples = try samples(index, at: time, over: store.samples, environment, &result)
      status.samples += samples.count
      let written = time.advanced(by: .zero - group.queryOffset)
      store.write(samples, of: keys[index], at: written)
    } catch {
      failure = error
      status.figures.failures += 1
    }
    status.figures.evaluations += 1
    status.rules[index].health = failure == nil ? .ok : .err
    status.rules[index].lastError = failure?.description
    status.rules[index].lastEvaluation = time
    let took = began.duration(to: environment.stopwatch())
    status.rules[index].evaluationTime = took
    status.figures.times.rules.observe(took)
    return result
  }

  private mutating func samples(
    _ index: Int, at time: Timestamp, over source: any SampleSource,
    _ environment: RuleEnvironment, _ result: inout GroupEvaluation
  ) throws(RuleFailure) -> [RuleSample] {
    switch work[index] {
    case .recording(var rule):
      defer { work[index] = .recording(rule) }
      return try rule.evaluate(
        at: time.advanced(by: .zero - group.queryOffset), over: source, environment)
    case .alerting(var rule):
      let before = rule.alerts
      let url = environment.externalURL + paths[index]
      defer {
        work[index] = .alerting(rule)
        status.rules[index].alerts = rule.shown
        note(before, rule.alerts, of: keys[index], in: &result)
        result.alerts += cleared(before, rule.alerts, at: time).map { alert in
          alert.told(url, at: time, interval: group.interval, environment)
        }
      }
      let samples = try rule.evaluate(
        at: time, offset: group.queryOffset, over: source, environment)
      let due = rule.takeToSend(at: time, resendDelay: environment.resendDelay)
      result.alerts = due.map { alert in
        alert.told(url, at: time, interval: group.interval, environment)
      }
      return samples
    }
  }

  /// Firing alerts that the limit has taken away, or a longer `for`: whoever was told of them hears
  /// that they ended.
  private func cleared(
    _ before: [LabelSet: ActiveAlert], _ after: [LabelSet: ActiveAlert], at time: Timestamp
  ) -> [ActiveAlert] {
    before.values.filter { alert in
      alert.state == .firing && (after[alert.labels].map { $0.state == .pending } ?? true)
    }
    .sorted { $0.labels < $1.labels }.map { $0.resolved(at: time) }
  }

  private func note(
    _ before: [LabelSet: ActiveAlert], _ after: [LabelSet: ActiveAlert], of key: RuleKey,
    in result: inout GroupEvaluation
  ) {
    for (labels, alert) in after where before[labels]?.differsDurably(from: alert) ?? true {
      result.changed.append(AlertRecord(rule: key, alert: alert))
    }
    for labels in before.keys where after[labels] == nil {
      result.gone.append(AlertID(rule: key, labels: labels))
    }
  }
}

extension AlertingRule {
  /// The alerts that a reader is shown.
  fileprivate var shown: [ActiveAlert] {
    alerts.values.filter { $0.state != .inactive }.sorted { $0.labels < $1.labels }
  }
}

extension ActiveAlert {
  func resolved(at time: Timestamp) -> Self {
    var alert = self
    alert.state = .inactive
    alert.resolvedAt = time
    return alert
  }

  /// The alert as those who are told of it get it, the external labels among its own. `url`: that
  /// of the rule's graph; there is none when the rule is gone.
  func told(
    _ url: String = "", at time: Timestamp, interval: Duration = .zero,
    _ environment: RuleEnvironment
  ) -> Alert {
    var all = labels
    for label in environment.externalLabels where all[label.name] == nil {
      all = all.setting(label.name, to: label.value)
    }
    let validFor = max(interval, environment.resendDelay) * 4
    return Alert(
      labels: all, annotations: annotations, startsAt: firedAt ?? activeAt,
      endsAt: resolvedAt ?? time.advanced(by: validFor), isResolved: resolvedAt != nil,
      generatorURL: url)
  }
}
