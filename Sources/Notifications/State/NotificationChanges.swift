/// What a restart finds in the journal.
package struct NotificationContents: Equatable, Sendable {
  /// Above that of every message that was ever saved.
  package var nextMessage: UInt64 = 1
  /// One entry a lane, in any order.
  package var log: [NotificationLogEntry] = []
  /// Messages that have not ended, in any order.
  package var messages: [NotificationMessage] = []
  /// In any order.
  package var silences: [Silence] = []
  /// Messages that were given up and are still there.
  package var deadLetters = 0

  package init() {}
}

/// What must be committed together, and with the alerts' transitions that made it. Applying the
/// last ones again, in order, changes nothing.
package struct NotificationChanges: Equatable, Sendable {
  package var batch: UInt64
  package var nextMessage: UInt64
  /// Written over what was there for the lane.
  package var log: [NotificationLogEntry] = []
  package var removedFromLog: [Lane] = []
  /// New ones, by number. One that was written before stays as it is.
  package var messages: [NotificationMessage] = []
  /// Messages, of this batch or an earlier one, that have ended. An unknown number means nothing:
  /// the message was delivered before it could be saved.
  package var ended: [MessageEnding] = []
  /// Written over what was there under the id.
  package var silences: [Silence] = []
  package var removedSilences: [String] = []

  var isEmpty: Bool {
    log.isEmpty && removedFromLog.isEmpty && messages.isEmpty && ended.isEmpty
      && silences.isEmpty && removedSilences.isEmpty
  }

  package init(batch: UInt64, nextMessage: UInt64) {
    self.batch = batch
    self.nextMessage = nextMessage
  }
}

/// Messages and endings on their way to the journal.
struct UnsavedChanges: Sendable {
  /// Not handed over yet, or refused.
  private(set) var messages: [NotificationMessage] = []
  private(set) var ended: [MessageEnding] = []
  /// Handed over and not answered for, oldest first.
  private var underWay: [NotificationChanges] = []

  mutating func append(_ message: NotificationMessage) { messages.append(message) }
  /// Messages that were saved once; those that are still here stay as they are.
  mutating func append(_ saved: [NotificationMessage]) {
    let known = Set(messages.map(\.number))
    messages += saved.filter { !known.contains($0.number) }
  }

  mutating func append(_ ending: MessageEnding) { ended.append(ending) }

  /// What the next batch has, besides the log's; of a delivered message only its end.
  mutating func fill(_ changes: inout NotificationChanges) {
    let delivered = Set(ended.lazy.filter { $0.end == .delivered }.map(\.number))
    changes.messages = messages.filter { !delivered.contains($0.number) }
      .sorted { $0.number < $1.number }
    changes.ended = ended.sorted { $0.number < $1.number }
    (messages, ended) = ([], [])
  }

  mutating func handOver(_ changes: NotificationChanges) { underWay.append(changes) }

  /// The batches that the journal has answered for.
  mutating func takeUnderWay(through batch: UInt64) -> [NotificationChanges] {
    let count = underWay.prefix { $0.batch <= batch }.count
    defer { underWay.removeFirst(count) }
    return Array(underWay.prefix(count))
  }

  /// What was refused is handed over again; gives the ends that had to be forgotten.
  mutating func putBack(_ refused: [NotificationChanges], limit: Int) -> [MessageEnding] {
    messages = refused.flatMap(\.messages) + messages
    ended = refused.flatMap(\.ended) + ended
    return trim(to: limit)
  }

  /// A journal that takes nothing for long must not fill the memory: of what has ended, the oldest
  /// are forgotten, messages and ends.
  private mutating func trim(to limit: Int) -> [MessageEnding] {
    let dropped = Array(ended.prefix(max(0, ended.count - limit)))
    guard !dropped.isEmpty else { return [] }
    let gone = Set(dropped.map(\.number))
    messages.removeAll { gone.contains($0.number) }
    ended.removeFirst(dropped.count)
    return dropped
  }
}
