import Foundation
import GRDB
import Notifications
import Signals

/// A message and an entry of the notification log as rows, both ways.
enum MessageRow {
  /// A message that is there already stays as it is.
  static let insert = """
    INSERT INTO message (
      number, key, group_key, receiver, kind, integration, reason, told, created_ms, expires_ms,
      body
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING
    """
  /// What was delivered, or has nothing to tell any more, needs its body no more; what has failed
  /// may be sent by hand, and has then ended a second time.
  static let end = """
    UPDATE message SET end = ?1, ended_ms = ?2,
      body = CASE WHEN ?1 IN (\(ends)) THEN x'' ELSE body END
    WHERE number = ?3 AND (end IS NULL OR ?1 = 'redelivered')
    """
  /// Of messages that nobody need send any more.
  private static let ends = "'delivered', 'collapsed', 'replaced', 'redelivered'"
  static let countDeadLetters = """
    SELECT count(*) FROM message WHERE end IS NOT NULL AND end NOT IN (\(ends))
    """
  static let waiting = "SELECT * FROM message WHERE end IS NULL ORDER BY number"

  /// How many rows `sql` has deleted; adds to `dead` those of messages given up.
  static func delete(
    _ sql: String, _ arguments: StatementArguments, dead: inout Int, in db: Database
  ) throws -> Int {
    let ends = try String.fetchAll(db, sql: sql + " RETURNING end", arguments: arguments)
    dead += ends.count { StoredMessage.State(MessageEnd(name: $0)) == .dead }
    return ends.count
  }

  static func arguments(of message: NotificationMessage) -> StatementArguments {
    [Int64(clamping: message.number), message.key.withoutNUL] + lane(message.lane) + [
      message.reason.rawValue, ToldText.text(of: message.told), message.created.milliseconds,
      message.expires.milliseconds, Data(message.body),
    ]
  }

  static func arguments(of ending: MessageEnding) -> StatementArguments {
    [ending.end.name, ending.at.milliseconds, Int64(clamping: ending.number)]
  }

  /// `nil` for what cannot be read.
  static func message(_ columns: Columns) -> NotificationMessage? {
    guard let number = columns.integer("number").flatMap(UInt64.init(exactly:)),
      let key = columns.text("key"), let lane = lane(columns),
      let reason = columns.member("reason", of: NotifyReason.self),
      let told = columns.text("told").flatMap(ToldText.told),
      let created = columns.timestamp("created_ms"),
      let expires = columns.timestamp("expires_ms"), let body = columns.bytes("body")
    else { return nil }
    return NotificationMessage(
      number: number, key: key, lane: lane, reason: reason, told: told, created: created,
      expires: expires, body: body)
  }

  // MARK: - The log

  static let writeLog = """
    INSERT OR REPLACE INTO notification_log (
      group_key, receiver, kind, integration, told, arrived, arrived_through
    ) VALUES (?, ?, ?, ?, ?, ?, ?)
    """
  static let removeLog = """
    DELETE FROM notification_log
    WHERE group_key = ? AND receiver = ? AND kind = ? AND integration = ?
    """
  static let log = "SELECT * FROM notification_log ORDER BY group_key, receiver, kind, integration"

  static func arguments(of entry: NotificationLogEntry) -> StatementArguments {
    lane(entry.lane) + [
      ToldText.text(of: entry.told), entry.arrived.map(ToldText.text),
      Int64(clamping: entry.arrivedThrough),
    ]
  }

  static func entry(_ columns: Columns) -> NotificationLogEntry? {
    guard let lane = lane(columns), let told = columns.text("told").flatMap(ToldText.told)
    else { return nil }
    return NotificationLogEntry(
      lane: lane, told: told, arrived: columns.text("arrived").flatMap(ToldText.told),
      arrivedThrough: columns.count("arrived_through"))
  }

  static func lane(_ lane: Lane) -> StatementArguments {
    [
      lane.group.text.withoutNUL, lane.destination.receiver.withoutNUL,
      lane.destination.kind.rawValue, lane.destination.integration,
    ]
  }

  static func lane(_ columns: Columns) -> Lane? {
    guard let group = columns.text("group_key"), let receiver = columns.text("receiver"),
      let kind = columns.member("kind", of: IntegrationKind.self),
      let integration = columns.int("integration")
    else { return nil }
    return Lane(
      group: GroupKey(group),
      destination: Destination(receiver: receiver, kind: kind, integration: integration))
  }
}
