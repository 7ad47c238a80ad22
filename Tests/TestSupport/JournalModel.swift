package import Notifications

/// What a journal's tables of messages hold.
package struct JournalModel {
  private var log: [Lane: NotificationLogEntry] = [:]
  private var messages: [UInt64: NotificationMessage] = [:]
  package private(set) var nextMessage: UInt64 = 1
  package private(set) var ended: [UInt64: MessageEnd] = [:]

  private var silences: [String: Silence] = [:]
  /// Messages that were given up, by number.
  package private(set) var dead: [NotificationMessage] = []

  package init() {}

  /// What a start finds.
  package var contents: NotificationContents {
    var contents = NotificationContents()
    contents.nextMessage = nextMessage
    contents.log = log.values.sorted { $0.lane < $1.lane }
    contents.messages = messages.values.sorted { $0.number < $1.number }
    contents.silences = silences.values.sorted { $0.id < $1.id }
    contents.deadLetters = dead.count
    return contents
  }

  package mutating func apply(_ changes: NotificationChanges) {
    for entry in changes.log { log[entry.lane] = entry }
    for lane in changes.removedFromLog { log[lane] = nil }
    for message in changes.messages
    where ended[message.number] == nil && messages[message.number] == nil {
      messages[message.number] = message
    }
    for ending in changes.ended {
      let isFirst = ended.updateValue(ending.end, forKey: ending.number) == nil
      dead.removeAll { $0.number == ending.number }
      let message = messages.removeValue(forKey: ending.number)
      if isFirst, case .failed = ending.end, let message { dead.append(message) }
    }
    for silence in changes.silences { silences[silence.id] = silence }
    for id in changes.removedSilences { silences[id] = nil }
    nextMessage = max(nextMessage, changes.nextMessage)
  }
}
