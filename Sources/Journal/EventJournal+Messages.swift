import Agent
import GRDB
package import Notifications
import Signals

extension EventJournal {
  /// The most messages that one call of `messages` gives.
  package static let messagesPageMax = 1000

  /// Messages of one state, or of all, newest first, at most `limit` of them, of those before a
  /// number; and how many there are. Never waits for a commit. Throws `JournalFailure`, or
  /// `CancellationError`.
  package func messages(
    in state: StoredMessage.State?, limit: Int, before: UInt64?
  ) async throws -> MessagePage {
    let limit = min(max(0, limit), Self.messagesPageMax)
    let before = before.map { Int64(clamping: $0) } ?? .max
    return try await reading { db in
      var page = MessagePage()
      page.counts = try MessageList.counts(in: db)
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: MessageList.page(of: state)), arguments: [before, limit])
      page.messages = rows.compactMap { MessageList.summary(Columns($0)) }
      return page
    }
  }

  /// One message with its body, which one that was delivered has no more; `nil` when it is not
  /// there, or cannot be read.
  package func message(_ number: UInt64) async throws -> StoredMessage? {
    let number = Int64(clamping: number)
    return try await reading { db in
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT * FROM message WHERE number = ?"), arguments: [number])
      guard let columns = row.map(Columns.init), let message = MessageRow.message(columns) else {
        return nil
      }
      return StoredMessage(message: message, end: columns.text("end").flatMap(MessageEnd.init))
    }
  }

  private func reading<Value: Sendable>(
    _ read: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await currentPool().read(read)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw JournalFailure(error)
    }
  }
}

/// The table of messages as a list for people: without what they say.
enum MessageList {
  /// In the order of `StoredMessage.State.allCases`; from the index alone.
  static func counts(in db: Database) throws -> [Int] {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT end, count(*) AS count FROM message GROUP BY end"))
    var counts: [StoredMessage.State: Int] = [:]
    for columns in rows.lazy.map(Columns.init) {
      counts[state(of: columns), default: 0] += columns.int("count") ?? 0
    }
    return StoredMessage.State.allCases.map { counts[$0] ?? 0 }
  }

  static func page(of state: StoredMessage.State?) -> String {
    """
    SELECT number, group_key, receiver, kind, integration, reason, created_ms, expires_ms, end,
      ended_ms,
      CASE WHEN json_valid(told) THEN json_array_length(told, '$.firing') END AS firing,
      CASE WHEN json_valid(told) THEN json_array_length(told, '$.resolved') END AS resolved
    FROM message WHERE number < ?\(condition(state)) ORDER BY number DESC LIMIT ?
    """
  }

  private static func condition(_ state: StoredMessage.State?) -> String {
    switch state {
    case nil: ""
    case .queued?: " AND end IS NULL"
    case .delivered?: " AND end IS NOT NULL AND end NOT IN (\(failures))"
    case .dead?: " AND end IN (\(failures))"
    }
  }

  private static let failures = FailureReason.allCases.map { "'\($0.rawValue)'" }
    .joined(separator: ", ")

  /// `nil` for what cannot be read.
  static func summary(_ columns: Columns) -> MessageSummary? {
    guard let lane = MessageRow.lane(columns),
      let reason = columns.member("reason", of: NotifyReason.self),
      let created = columns.timestamp("created_ms"),
      let expires = columns.timestamp("expires_ms")
    else { return nil }
    return MessageSummary(
      number: columns.count("number"), lane: lane, reason: reason, created: created,
      expires: expires, end: columns.text("end").flatMap(MessageEnd.init),
      ended: columns.timestamp("ended_ms"), firing: columns.int("firing") ?? 0,
      resolved: columns.int("resolved") ?? 0)
  }

  private static func state(of columns: Columns) -> StoredMessage.State {
    StoredMessage.State(columns.text("end").flatMap(MessageEnd.init))
  }
}
