import GRDB
import Signals

/// A row read without trust: what is missing or of another type is `nil`, never a trap.
struct Columns {
  private let row: Row

  init(_ row: Row) { self.row = row }

  func text(_ name: String) -> String? { value(name).flatMap(String.fromDatabaseValue) }
  func integer(_ name: String) -> Int64? { value(name).flatMap(Int64.fromDatabaseValue) }
  func int(_ name: String) -> Int? { integer(name).map(Int.init(clamping:)) }
  func bool(_ name: String) -> Bool? { integer(name).map { $0 != 0 } }
  func bytes(_ name: String) -> [UInt8]? {
    guard case .blob(let data)? = value(name)?.storage else { return nil }
    return [UInt8](data)
  }
  func timestamp(_ name: String) -> Timestamp? { integer(name).map(Timestamp.init(milliseconds:)) }

  /// A number that cannot be negative; 0 when it is missing or is.
  func count(_ name: String) -> UInt64 { UInt64(clamping: integer(name) ?? 0) }

  /// A member of a closed set; `nil` also when another version knows more members.
  func member<Set: RawRepresentable<String>>(_ name: String, of: Set.Type) -> Set? {
    text(name).flatMap(Set.init(rawValue:))
  }

  private func value(_ name: String) -> DatabaseValue? {
    row.hasColumn(name) ? row[name] as DatabaseValue : nil
  }
}

extension String {
  /// SQLite's C interface ends a text at the first NUL: U+FFFD stands in for it.
  var withoutNUL: String {
    utf8.contains(0)
      ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
      : self
  }
}
