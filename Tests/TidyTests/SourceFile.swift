import Foundation
import TestSupport

/// A file of the checkout, with its lines as they are and as code alone.
struct SourceFile {
  /// Relative to the top of the checkout.
  var path: String
  var lines: [Substring]
  /// Without comments and without the text of string literals; as many as `lines`.
  var code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    var stripper = Stripper()
    code = lines.map { stripper.strip($0) }
  }

  /// `Sources/Agent/X.swift` belongs to the target `Agent`.
  var target: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : ""
  }

  var isSource: Bool { path.hasPrefix("Sources/") }

  /// Every file below `directories` with one of these endings, in order of their paths.
  static func all(in directories: [String], endings: Set<String> = ["swift"]) throws -> [SourceFile]
  {
    try directories.flatMap { directory in
      let top = projectRoot.appending(path: directory)
      let names = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
      return try (names ?? []).sorted()
        .filter { endings.contains(URL(filePath: $0).pathExtension) }
        .map { name in
          let text = try String(contentsOf: top.appending(path: name), encoding: .utf8)
          return SourceFile(path: "\(directory)/\(name)", text: text)
        }
    }
  }
}

/// Something that must not be, and where.
struct Violation: CustomStringConvertible, Equatable {
  var path: String
  /// Counted from 1.
  var line: Int
  var message: String

  var description: String { "\(path):\(line): \(message)" }
}

/// Leaves the code of Swift lines; what is in between of `\(` and `)` in a string is code too.
private struct Stripper {
  private var isInBlockComment = false
  private var isInLongString = false

  mutating func strip(_ line: Substring) -> String {
    var code = ""
    var rest = line
    while !rest.isEmpty {
      if isInBlockComment {
        guard let end = rest.range(of: "*/") else { return code }
        isInBlockComment = false
        rest = rest[end.upperBound...]
      } else if isInLongString {
        code += literal(from: &rest, closing: "\"\"\"", leavesOpen: true)
      } else if rest.hasPrefix("//") {
        return code
      } else if rest.hasPrefix("/*") {
        isInBlockComment = true
      } else if rest.hasPrefix("\"\"\"") {
        isInLongString = true
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("\"") {
        rest = rest.dropFirst()
        code += "\"" + literal(from: &rest, closing: "\"", leavesOpen: false) + "\""
      } else {
        code.append(rest.removeFirst())
      }
    }
    return code
  }

  /// Takes the literal off up to its end, or the line's; returns what is interpolated in it.
  private mutating func literal(
    from rest: inout Substring, closing: String, leavesOpen: Bool
  ) -> String {
    var code = ""
    while !rest.isEmpty {
      if rest.hasPrefix(closing) {
        rest = rest.dropFirst(closing.count)
        if leavesOpen { isInLongString = false }
        return code
      }
      if rest.hasPrefix("\\(") {
        rest = rest.dropFirst(2)
        code += " " + interpolation(from: &rest) + " "
      } else {
        rest = rest.dropFirst(rest.hasPrefix("\\") ? 2 : 1)
      }
    }
    return code
  }

  private func interpolation(from rest: inout Substring) -> String {
    var depth = 1
    var code = ""
    while let next = rest.popFirst() {
      if next == "(" { depth += 1 }
      if next == ")" { depth -= 1 }
      if depth == 0 { break }
      code.append(next)
    }
    return code
  }
}
