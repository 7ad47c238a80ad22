/// The kinds of Markdown: backslashes, links, and delimiters that come in pairs.
extension MarkupScanner {
  mutating func markdownPiece(_ first: UInt8) -> MarkupPiece {
    switch first {
    case UInt8(ascii: "\\"):
      let scalars = rest.unicodeScalars
      guard let escaped = scalars.dropFirst().first else {
        _ = takeOne()
        return MarkupPiece("\\\\")
      }
      if case .telegramMarkdown = markup, !"_*`[".unicodeScalars.contains(escaped) {
        return MarkupPiece(takeOne())
      }
      return MarkupPiece(take(scalars.index(rest.startIndex, offsetBy: 2)))
    case UInt8(ascii: "["):
      return MarkupPiece(linkEnd.map { take($0) } ?? takeOne())
    default:
      return delimiterPiece()
    }
  }

  /// Where a link ends that begins here, if one does.
  private var linkEnd: String.Index? {
    let bytes = rest.utf8.prefix(Self.atomBytesMax)
    var index = bytes.index(after: bytes.startIndex)
    guard let label = Self.end(in: bytes, from: index, of: UInt8(ascii: "]")) else { return nil }
    index = bytes.index(after: label)
    guard index < bytes.endIndex, bytes[index] == UInt8(ascii: "(") else { return nil }
    index = bytes.index(after: index)
    guard let end = Self.end(in: bytes, from: index, of: UInt8(ascii: ")")) else { return nil }
    return bytes.index(after: end)
  }

  /// The next `byte` that no backslash stands before, in the same line.
  private static func end(
    in bytes: Substring.UTF8View.SubSequence, from start: String.Index, of byte: UInt8
  ) -> String.Index? {
    var index = start
    var isEscaped = false
    while index < bytes.endIndex {
      let next = bytes[index]
      if next == UInt8(ascii: "\n") { return nil }
      if next == byte && !isEscaped { return index }
      isEscaped = next == UInt8(ascii: "\\") && !isEscaped
      index = bytes.index(after: index)
    }
    return nil
  }

  private mutating func delimiterPiece() -> MarkupPiece {
    guard let delimiter = delimiters.first(where: { rest.utf8.starts(with: $0.utf8) }) else {
      return MarkupPiece(takeOne())
    }
    let piece = MarkupPiece(
      take(rest.utf8.index(rest.startIndex, offsetBy: delimiter.utf8.count)))
    if let code = open.last, code.hasPrefix("`"), code != delimiter { return piece }
    if let place = open.lastIndex(of: delimiter) {
      open.remove(at: place)
    } else if open.count < Self.depthMax {
      open.append(delimiter)
    }
    return piece
  }

  /// The longer ones first.
  private var delimiters: [String] {
    switch markup {
    case .telegramMarkdownV2: ["```", "||", "__", "`", "_", "*", "~"]
    case .telegramMarkdown: ["```", "`", "_", "*"]
    case .discord: ["```", "**", "~~", "||", "__", "`"]
    default: ["```", "**", "~~", "`"]
    }
  }
}
