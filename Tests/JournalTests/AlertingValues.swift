import Alerting
import Notifications
import PromQL
import Signals
import TestSupport

/// Alerts and messages with every optional set or not, and texts that storage likes to break.
extension SeededRandom {
  /// With NUL, which only bytes can hold.
  mutating func anyText() -> String { text() + (maybe { _ in "\0" } ?? "") + text() }

  /// At least one label.
  mutating func labels() -> LabelSet {
    let more = (0..<Int.random(in: 0...4, using: &self)).map { number in
      Label(name: anyText() + "\(number)", value: anyText())
    }
    return LabelSet(more + [Label(name: "alertname", value: "A" + anyText())])
  }

  mutating func alert(_ number: Int) -> AlertRecord {
    let annotations = (0..<Int.random(in: 0...3, using: &self)).map { number in
      Label(name: "\(number)" + anyText(), value: anyText())
    }
    let values = [0, -0.0, 1.5, .infinity, -.infinity, Double.leastNonzeroMagnitude]
    var alert = ActiveAlert(
      labels: labels(), annotations: annotations,
      value: values[Int.random(in: 0..<values.count, using: &self)], activeAt: time())
    alert.state = member(of: AlertState.self)
    alert.firedAt = maybe { $0.time() }
    alert.resolvedAt = maybe { $0.time() }
    alert.keepFiringSince = maybe { $0.time() }
    return AlertRecord(rule: RuleKey("alert \(number) \(text())"), alert: alert)
  }

  mutating func lane(_ number: Int) -> Lane {
    Lane(
      group: GroupKey("{}:{n=\"\(number)\"}\(text())"),
      destination: Destination(receiver: text(), integration: int()))
  }

  mutating func told() -> Told {
    func alerts(_ random: inout SeededRandom) -> [ToldAlert] {
      (0..<Int.random(in: 0...3, using: &random)).map { _ in
        ToldAlert(labels: random.labels(), startsAt: random.time())
      }
    }
    return Told(firing: alerts(&self), resolved: alerts(&self), at: time())
  }

  mutating func entry(_ number: Int) -> NotificationLogEntry {
    NotificationLogEntry(
      lane: lane(number), told: told(), arrived: maybe { $0.told() }, arrivedThrough: count())
  }

  mutating func message(_ number: UInt64) -> NotificationMessage {
    NotificationMessage(
      number: number, key: "agent-\(number)-\(text())", lane: lane(Int(number)),
      reason: member(of: NotifyReason.self), told: told(), created: time(), expires: time(),
      body: Array((anyText() + "\0").utf8))
  }

  mutating func ending(_ number: UInt64) -> MessageEnding {
    let ends: [MessageEnd] = [.delivered, .collapsed, .failed(member(of: FailureReason.self))]
    return MessageEnding(
      number: number, end: ends[Int.random(in: 0..<ends.count, using: &self)], at: time())
  }
}

func alertingBatch(
  _ sequence: UInt64, changed: [AlertRecord] = [], gone: [AlertID] = [],
  log: [NotificationLogEntry] = [], removed: [Lane] = [], messages: [NotificationMessage] = [],
  ended: [MessageEnding] = [], next: UInt64 = 1
) -> AlertingBatch {
  var changes = NotificationChanges(batch: sequence, nextMessage: next)
  changes.log = log
  changes.removedFromLog = removed
  changes.messages = messages
  changes.ended = ended
  var batch = AlertingBatch(sequence: sequence)
  batch.changed = changed
  batch.gone = gone
  batch.notifications = changes
  return batch
}

/// What the tables hold after all these batches, in the order in which a journal gives it.
func contents(of batches: [AlertingBatch]) -> AlertingContents {
  var messages = JournalModel()
  var alerts: [AlertID: AlertRecord] = [:]
  for batch in batches {
    for record in batch.changed { alerts[record.id] = record }
    for id in batch.gone { alerts[id] = nil }
    if let changes = batch.notifications { messages.apply(changes) }
  }
  var contents = AlertingContents()
  contents.alerts = Array(alerts.values)
  contents.notifications = messages.contents
  return contents.inOrder
}

extension AlertingContents {
  /// Journals give rows in the order of their bytes; here the order does not count.
  var inOrder: Self {
    var sorted = self
    sorted.alerts.sort {
      ($0.rule.description, $0.alert.labels) < ($1.rule.description, $1.alert.labels)
    }
    sorted.notifications.log.sort { $0.lane < $1.lane }
    sorted.notifications.messages.sort { $0.number < $1.number }
    return sorted
  }
}
