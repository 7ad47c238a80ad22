import Agent
import GRDB
import MCPWire
import Signals

/// A health event as a row of `event`, both ways.
enum EventRow {
  /// An event that is there already stays as it is.
  static let insert = """
    INSERT INTO event (sequence, mcp, timestamp_ms, type, outcome, detail, data)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sequence) DO NOTHING
    """

  /// A page of one MCP's events, newest first. Types that this version does not know are left out
  /// here, so that a page is full as long as there are more.
  static let page: String = {
    let types = HealthEventType.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return """
      SELECT sequence, mcp, timestamp_ms, type, outcome, detail, data FROM event
      WHERE mcp = ? AND sequence < ? AND type IN (\(types))
      ORDER BY sequence DESC LIMIT ?
      """
  }()

  static func arguments(of event: HealthEvent) -> StatementArguments {
    [
      Int64(clamping: event.sequence), event.mcp.withoutNUL, event.timestamp.milliseconds,
      event.type.rawValue, event.outcome?.rawValue, event.detail.withoutNUL, json(of: event.data),
    ]
  }

  /// An unknown outcome reads as none, unreadable data as empty; `nil` for an unknown type.
  static func event(_ columns: Columns, in db: Database) throws -> HealthEvent? {
    guard let type = columns.member("type", of: HealthEventType.self) else { return nil }
    return HealthEvent(
      sequence: columns.count("sequence"), mcp: columns.text("mcp") ?? "",
      timestamp: columns.timestamp("timestamp_ms") ?? Timestamp(milliseconds: 0), type: type,
      outcome: columns.member("outcome", of: ProbeOutcome.self),
      detail: columns.text("detail") ?? "", data: try labels(in: columns.text("data") ?? "", db))
  }

  /// A JSON object of strings, in the labels' order.
  static func json(of labels: [Label]) -> String {
    let members = labels.map { "\(quoted($0.name)):\(quoted($0.value))" }
    return "{\(members.joined(separator: ","))}"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.withoutNUL.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// SQLite itself reads the JSON, in its order.
  static func labels(in json: String, _ db: Database) throws -> [Label] {
    guard json != "{}" else { return [] }
    let statement = try db.cachedStatement(
      sql: """
        SELECT key, CAST(atom AS TEXT) AS value
        FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END)
        WHERE typeof(key) = 'text'
        """)
    return try Row.fetchAll(statement, arguments: [json]).compactMap { row in
      let columns = Columns(row)
      guard let name = columns.text("key"), let value = columns.text("value") else { return nil }
      return Label(name: name, value: value)
    }
  }
}
