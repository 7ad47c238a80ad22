package import Notifications

/// What a journal's tables of messages hold.
package struct JournalModel {
  private var log: [Lane: NotificationLogEntry] = [:]
  private var messages: [UInt64: NotificationMessage] = [:]
  package private(set) var nextMessage: UInt64 = 1
  package private(set) var ended: [UInt64: MessageEnd] = [:]

  package init() {}

  /// What a start finds.
  package var contents: NotificationContents {
    var contents = NotificationContents()
    contents.nextMessage = nextMessage
    contents.log = log.values.sorted { $0.lane < $1.lane }
    contents.messages = messages.values.sorted { $0.number < $1.number }
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
      ended[ending.number] = ending.end
      messages[ending.number] = nil
    }
    nextMessage = max(nextMessage, changes.nextMessage)
  }
}
