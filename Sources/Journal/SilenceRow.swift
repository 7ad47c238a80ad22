import Foundation
import GRDB
import Notifications
import PromQL
import Signals

/// A silence as a row, both ways.
enum SilenceRow {
  static let write = """
    INSERT OR REPLACE INTO silence (
      id, matchers, starts_ms, ends_ms, updated_ms, created_by, comment, annotations
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    """
  static let remove = "DELETE FROM silence WHERE id = ?"
  static let all = "SELECT * FROM silence ORDER BY id"

  static func arguments(of silence: Silence) -> StatementArguments {
    let matchers = silence.matchers.map { [$0.label, $0.op.rawValue, $0.value] }
    return [
      silence.id, json(matchers), silence.startsAt.milliseconds, silence.endsAt.milliseconds,
      silence.updatedAt.milliseconds, silence.createdBy.withoutNUL, silence.comment.withoutNUL,
      json(silence.annotations.map { [$0.name, $0.value] }),
    ]
  }

  /// `nil` for what cannot be read.
  static func silence(_ columns: Columns) -> Silence? {
    guard let id = columns.text("id"),
      let matchers = columns.text("matchers").flatMap(lists)?.map(matcher),
      let startsAt = columns.timestamp("starts_ms"), let endsAt = columns.timestamp("ends_ms"),
      let updatedAt = columns.timestamp("updated_ms"),
      let createdBy = columns.text("created_by"), let comment = columns.text("comment"),
      let annotations = columns.text("annotations").flatMap(lists)
    else { return nil }
    let whole = matchers.compactMap { $0 }
    // One condition less would hold what nobody asked to hold.
    guard whole.count == matchers.count, !whole.isEmpty else { return nil }
    return Silence(
      id: id, matchers: whole, startsAt: startsAt, endsAt: endsAt, updatedAt: updatedAt,
      createdBy: createdBy, comment: comment,
      annotations: annotations.compactMap { pair in
        pair.count == 2 ? Label(name: pair[0], value: pair[1]) : nil
      })
  }

  private static func matcher(_ parts: [String]) -> Matcher? {
    guard parts.count == 3, let op = Matcher.Operator(rawValue: parts[1]) else { return nil }
    return try? Matcher(parts[0], op, parts[2])
  }

  private static func json(_ lists: [[String]]) -> String {
    // Strings only: there is nothing that cannot be encoded.
    guard let bytes = try? JSONEncoder().encode(lists) else { return "[]" }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func lists(_ text: String) -> [[String]]? {
    try? JSONDecoder().decode([[String]].self, from: Data(text.utf8))
  }
}
