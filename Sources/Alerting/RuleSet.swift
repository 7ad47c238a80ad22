import Notifications
import PromQL
package import Signals

/// All groups of rules at work, each on its slots.
package struct RuleSet {
  private struct Entry {
    var running: RunningGroup
    var slots: GroupSlots
    var due: Timestamp
    var reach: GroupReach
    /// It was evaluated in this turn already, over all that there is.
    var isFresh = false
  }

  private var entries: [Entry] = []
  /// What a restart brought back and no configuration has taken over yet.
  private var restored: [AlertRecord]
  private let restore: AlertRestore
  /// Why which rules are not evaluated, by mark.
  private var quarantined: [String: String]
  /// With what the alerts were told; others begin to be told anew. `nil`: not configured yet.
  private var externalLabels: [Label]?

  /// `quarantined`: why which rules are not evaluated, by mark (`RuleKey.mark`). A rule that a
  /// configuration does not have, or has changed, is free from then on.
  package init(
    restoring records: [AlertRecord] = [], restore: AlertRestore = AlertRestore(),
    quarantined: [String: String] = [:]
  ) {
    restored = records
    self.restore = restore
    self.quarantined = quarantined
  }

  package var statuses: [RuleGroupStatus] { entries.map(\.running.status) }

  /// Of all groups since the agent began, those that are gone among them.
  package var times: RuleTimes {
    entries.reduce(into: timesOfGone) { $0.add($1.running.status.figures.times) }
  }

  private var timesOfGone = RuleTimes()

  /// Evaluations of groups so far.
  package private(set) var iterations: UInt64 = 0

  /// Firing alerts that nobody was told of in this life: their rules have failed ever since.
  func untold(at now: Timestamp, _ environment: RuleEnvironment) -> [Alert] {
    entries.flatMap { $0.running.untold(at: now, environment) }
  }

  /// All alerts as the journal should have them.
  var records: [AlertRecord] {
    restored
      + entries.flatMap { entry in
        entry.running.alerts.flatMap { key, alerts in
          alerts.values.map { AlertRecord(rule: key, alert: $0) }
        }
      }
  }

  /// When the next group is due; `nil` without groups.
  package var due: Timestamp? { entries.lazy.map(\.due).min() }
}

// MARK: - Evaluation

extension RuleSet {
  /// Evaluates the groups whose slot has come, as of that slot.
  package mutating func evaluateDue(
    at now: Timestamp, over store: inout some RuleStore, _ environment: RuleEnvironment
  ) -> GroupEvaluation {
    var result = GroupEvaluation()
    for index in entries.indices {
      entries[index].isFresh = false
      let slots = entries[index].slots
      // After the clock was set back; a sample of before may have led to an evaluation since.
      entries[index].due = min(entries[index].due, slots.next(after: now))
      result.changed += entries[index].running.rewind(to: now)
      guard entries[index].due <= now else { continue }
      let slot = slots.last(at: now)
      let missed = entries[index].due.duration(to: slot).wholeMilliseconds / slots.interval
      if missed > 0 { entries[index].running.miss(missed) }
      entries[index].due = slots.next(after: slot)
      result.append(evaluate(index, at: slot, atOnce: false, over: &store, environment))
      entries[index].isFresh = true
    }
    return result
  }

  /// Evaluates, besides their slots, the groups that read one of these metrics, and those after
  /// them that read what such a group writes; not those that `evaluateDue` has just evaluated as of
  /// `time` or later. `nil`: all groups.
  package mutating func evaluateAtOnce(
    changed metrics: Set<String>?, at time: Timestamp, over store: inout some RuleStore,
    _ environment: RuleEnvironment
  ) -> GroupEvaluation {
    var result = GroupEvaluation()
    var changed = metrics ?? []
    // What follows sees what those before it have written.
    var instant = time
    for index in entries.indices {
      guard metrics == nil || entries[index].reach.reads(changed) else { continue }
      changed.formUnion(entries[index].reach.written)
      let last = entries[index].running.status.lastEvaluation
      if !entries[index].isFresh || last.map({ $0 < time }) ?? true {
        result.append(evaluate(index, at: instant, atOnce: true, over: &store, environment))
      }
      instant = max(instant, entries[index].running.status.lastEvaluation ?? instant)
    }
    return result
  }

  /// Times of a group only grow, but for a clock that is set back by more than its interval.
  private mutating func evaluate(
    _ index: Int, at time: Timestamp, atOnce: Bool, over store: inout some RuleStore,
    _ environment: RuleEnvironment
  ) -> GroupEvaluation {
    let last = entries[index].running.status.lastEvaluation
    if let last, time <= last {
      guard atOnce, time.duration(to: last) < .seconds(1) else { return GroupEvaluation() }
    }
    iterations += 1
    let later = last.map { max(time, $0.advanced(by: .milliseconds(1))) } ?? time
    return entries[index].running.evaluate(
      at: later, atOnce: atOnce, over: &store, environment)
  }
}

// MARK: - Configuration

extension RuleSet {
  /// Takes changed groups over. A group that stayed the same runs on untouched; other rules keep
  /// their alerts by their key; alerts whose rule is gone are told as resolved.
  package mutating func configure(
    _ groups: [RuleGroup], at now: Timestamp, over store: inout some RuleStore,
    _ environment: RuleEnvironment
  ) -> GroupEvaluation {
    var result = GroupEvaluation()
    var old = entries
    var orphans: [RuleKey: [LabelSet: ActiveAlert]] = [:]
    for entry in old { orphans.merge(entry.running.alerts) { first, _ in first } }
    takeRestored(into: &orphans, of: groups, at: now, store.samples, &result)
    let keys = RuleKey.keys(of: groups)
    var series = Set(old.flatMap(\.running.keys))
    entries = zip(groups, keys).map { group, keys in
      series.subtract(keys)
      var alerts: [RuleKey: [LabelSet: ActiveAlert]] = [:]
      for key in keys { alerts[key] = orphans.removeValue(forKey: key) }
      let same = old.firstIndex { $0.running.group == group && $0.running.keys == keys }
      if let same { return old.remove(at: same) }
      let slots = GroupSlots(group: group.key, interval: group.interval)
      return Entry(
        running: RunningGroup(group, keys: keys, alerts: alerts, quarantined: quarantined),
        slots: slots, due: slots.next(after: now), reach: GroupReach(group))
    }
    for gone in old { timesOfGone.add(gone.running.status.figures.times) }
    let marks = Set(entries.flatMap(\.running.marks))
    quarantined = quarantined.filter { marks.contains($0.key) }
    var before = environment
    before.externalLabels = externalLabels ?? environment.externalLabels
    for (key, alerts) in orphans.sorted(by: { $0.key < $1.key }) {
      end(alerts, of: key, at: now, before, &result)
    }
    for key in series { store.write([], of: key, at: now) }
    tellAnew(at: now, before, environment, &result)
    externalLabels = environment.externalLabels
    return result
  }

  /// Whoever was told of an alert hears that it ended.
  private func end(
    _ alerts: [LabelSet: ActiveAlert], of key: RuleKey, at now: Timestamp,
    _ environment: RuleEnvironment, _ result: inout GroupEvaluation
  ) {
    for alert in alerts.values.sorted(by: { $0.labels < $1.labels }) {
      if alert.state != .pending {
        let ended = alert.state == .firing ? alert.resolved(at: now) : alert
        result.alerts.append(ended.told(at: now, environment))
      }
      result.gone.append(AlertID(rule: key, labels: alert.labels))
    }
  }

  /// Other external labels make other alerts: the old ones end, the new ones begin.
  private mutating func tellAnew(
    at now: Timestamp, _ before: RuleEnvironment, _ environment: RuleEnvironment,
    _ result: inout GroupEvaluation
  ) {
    guard before.externalLabels != environment.externalLabels else { return }
    for index in entries.indices {
      for alert in entries[index].running.forgetSendings() where alert.state == .firing {
        let ended = alert.resolved(at: now).told(at: now, before)
        if ended.labels != alert.told(at: now, environment).labels { result.alerts.append(ended) }
      }
    }
  }

  /// Alerts of the journal: firing ones go on firing, pending ones as `AlertRestore` says.
  private mutating func takeRestored(
    into alerts: inout [RuleKey: [LabelSet: ActiveAlert]], of groups: [RuleGroup],
    at now: Timestamp, _ source: any SampleSource, _ result: inout GroupEvaluation
  ) {
    guard !restored.isEmpty else { return }
    var holds: [RuleKey: Duration] = [:]
    for (group, keys) in zip(groups, RuleKey.keys(of: groups)) {
      for case (let key, .alerting(let settings)) in zip(keys, group.rules.map(\.kind)) {
        holds[key] = settings.holdDuration
      }
    }
    for var record in restored {
      let before = record.alert
      if record.alert.state == .pending {
        let isLong = holds[record.rule].map { $0 >= restore.gracePeriod } ?? false
        let seen = isLong ? lastSeen(record.alert, now, source) : nil
        let since = seen.flatMap {
          restore.activeAt(
            record.alert.activeAt, lastSeen: $0, holdDuration: holds[record.rule] ?? .zero,
            now: now)
        }
        guard let since else {
          result.gone.append(record.id)
          continue
        }
        record.alert.activeAt = since
      }
      record.alert.rewind(to: now)
      if record.alert.differsDurably(from: before) { result.changed.append(record) }
      alerts[record.rule, default: [:]][record.alert.labels] = record.alert
    }
    restored = []
  }

  /// The last evaluation that gave the alert, by its series.
  private func lastSeen(
    _ alert: ActiveAlert, _ now: Timestamp, _ source: any SampleSource
  ) -> Timestamp? {
    let labels = alert.labels.setting(LabelSet.nameLabel, to: "ALERTS_FOR_STATE")
    let matchers = labels.labels.map { Matcher($0.name, equals: $0.value) }
    let from = now.advanced(by: .zero - restore.outageTolerance).milliseconds
    let found = source.select(matchers, from: from, through: now.milliseconds)
    guard let place = found.labels.firstIndex(of: labels) else { return nil }
    var buffer = SampleBuffer()
    source.read(
      series: found.handles[place], after: from.subtractingSaturating(1),
      through: now.milliseconds, into: &buffer)
    guard let time = buffer.times.last, let value = buffer.values.last,
      value.bitPattern != StaleMarker.bits
    else { return nil }
    return Timestamp(milliseconds: time)
  }
}
