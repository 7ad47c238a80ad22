/// The name of a schema, quoted wherever it stands in SQL.
package struct QuotedName: Equatable, Sendable, CustomStringConvertible {
  package var text: String

  package init(_ text: String) { self.text = text }

  /// `"omni2"`
  package var quoted: String { Self.quoting(text) }

  /// `"omni2"."mcp_servers"`
  package func table(_ name: String) -> String { "\(quoted).\(Self.quoting(name))" }

  package var description: String { quoted }

  /// An identifier of SQL that stands for `name` and nothing else.
  package static func quoting(_ name: String) -> String {
    var quoted = "\""
    for character in name.unicodeScalars where character != "\0" {
      if character == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
  }
}
