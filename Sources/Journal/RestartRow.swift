import Agent
import GRDB
import Signals

/// Restarts and what is in quarantine, as rows of `restart` and `quarantine`, both ways.
enum RestartRow {
  /// Restarts that are kept.
  static let kept = 1000

  static let insert = """
    INSERT INTO restart (at_ms, reason, error, duration_ms, in_hand) VALUES (?, ?, ?, ?, ?)
    """
  static let trim =
    "DELETE FROM restart WHERE number <= (SELECT max(number) FROM restart) - \(kept)"
  static let newest = "SELECT * FROM restart ORDER BY number DESC LIMIT ?"

  static func arguments(of restart: CoordinatorRestart) -> StatementArguments {
    let items = restart.inHand.map { Label(name: $0.kind.rawValue, value: $0.name) }
    return [
      restart.at.milliseconds, restart.reason.rawValue, restart.error.withoutNUL,
      restart.duration?.wholeMilliseconds, EventRow.json(of: items),
    ]
  }

  /// `nil` for what cannot be read.
  static func restart(_ columns: Columns, in db: Database) throws -> CoordinatorRestart? {
    guard let at = columns.timestamp("at_ms"),
      let reason = columns.member("reason", of: RestartReason.self)
    else { return nil }
    let items = try EventRow.labels(in: columns.text("in_hand") ?? "{}", db)
    return CoordinatorRestart(
      reason: reason, error: columns.text("error") ?? "", at: at,
      duration: columns.integer("duration_ms").map { .milliseconds(max(0, $0)) },
      inHand: items.compactMap { item in
        WorkItem.Kind(rawValue: item.name).map { WorkItem($0, name: item.value) }
      })
  }

  // MARK: - Quarantine

  static let hold = """
    INSERT INTO quarantine (kind, name, since_ms, detail) VALUES (?, ?, ?, ?)
    ON CONFLICT (kind, name) DO NOTHING
    """
  static let release = "DELETE FROM quarantine WHERE kind = ? AND name = ?"
  static let held = "SELECT * FROM quarantine ORDER BY since_ms, kind, name LIMIT 1000"

  static func key(_ item: WorkItem) -> StatementArguments {
    [item.kind.rawValue, item.name.withoutNUL]
  }

  static func arguments(of held: QuarantinedItem) -> StatementArguments {
    key(held.item) + [held.since.milliseconds, held.detail.withoutNUL]
  }

  /// `nil` for what cannot be read.
  static func item(_ columns: Columns) -> QuarantinedItem? {
    guard let kind = columns.member("kind", of: WorkItem.Kind.self),
      let name = columns.text("name"), let since = columns.timestamp("since_ms")
    else { return nil }
    return QuarantinedItem(
      WorkItem(kind, name: name), since: since, detail: columns.text("detail") ?? "")
  }
}
