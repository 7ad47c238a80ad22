/// Some text in a markup that means something as a whole.
struct MarkupPiece {
  /// As it goes into the message.
  var text: Substring
  /// What the vendor counts of it.
  var shown: Substring
  /// Ordinary text, which may be cut between characters.
  var isOrdinary = false

  init(_ text: Substring) {
    self.text = text
    shown = text
  }

  init(_ text: String, showing shown: String) {
    self.text = text[...]
    self.shown = shown[...]
  }

  static func ordinary(_ text: Substring) -> MarkupPiece {
    var piece = MarkupPiece(text)
    piece.isOrdinary = true
    return piece
  }
}

/// Takes a text apart, and repairs what receivers would refuse: markup in HTML that is not allowed
/// or not closed, and characters that should be entities.
struct MarkupScanner {
  /// Longest tag or link, in bytes.
  static let atomBytesMax = 8192
  /// How deep elements may be within each other.
  static let depthMax = 32

  let markup: Markup
  var rest: Substring
  /// What is open after the pieces so far, the innermost last: names of elements, or delimiters.
  var open: [String] = []
  private let specials: [UInt8]

  init(_ text: String, in markup: Markup) {
    self.markup = markup
    rest = text[...]
    specials = markup.specials
  }

  mutating func next() -> MarkupPiece? {
    guard let first = rest.utf8.first else { return nil }
    if specials.contains(first) {
      return switch markup {
      case .plain, .telegramPlain: .ordinary(take(rest.endIndex))
      case .slack: slackPiece(first)
      case .telegramHTML, .matrixHTML: htmlPiece(first)
      default: markdownPiece(first)
      }
    }
    let end = rest.utf8.firstIndex { specials.contains($0) } ?? rest.endIndex
    return .ordinary(take(end))
  }

  /// What closes all that is open.
  var closing: String {
    open.reversed().reduce(into: "") { text, name in text += markup.isHTML ? "</\(name)>" : name }
  }

  mutating func take(_ end: String.Index) -> Substring {
    defer { rest = rest[end...] }
    return rest[..<end]
  }

  /// Passes over the first byte, which is ASCII.
  mutating func takeOne() -> Substring { take(rest.utf8.index(after: rest.startIndex)) }

  private mutating func slackPiece(_ first: UInt8) -> MarkupPiece {
    if first == UInt8(ascii: "&") {
      for entity in ["&amp;", "&lt;", "&gt;"] where rest.utf8.starts(with: entity.utf8) {
        return MarkupPiece(take(rest.utf8.index(rest.startIndex, offsetBy: entity.utf8.count)))
      }
      _ = takeOne()
      return MarkupPiece("&amp;")
    }
    let inside = rest.utf8.dropFirst().prefix(Self.atomBytesMax)
    let end = inside.firstIndex {
      $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "\n")
    }
    guard let end, end > inside.startIndex, rest.utf8[end] == UInt8(ascii: ">") else {
      _ = takeOne()
      return MarkupPiece("&lt;")
    }
    let link = take(rest.utf8.index(after: end))
    return MarkupPiece(link.utf8.contains(UInt8(ascii: "&")) ? Self.repaired(link)[...] : link)
  }

  /// With each `&` that begins no entity made one.
  static func repaired(_ text: Substring) -> String {
    var result = ""
    var rest = text
    while let place = rest.utf8.firstIndex(of: UInt8(ascii: "&")) {
      result += rest[..<place]
      rest = rest[place...]
      let isEntity = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].contains {
        rest.utf8.starts(with: $0.utf8)
      }
      result += isEntity ? "&" : "&amp;"
      rest = rest[rest.utf8.index(after: place)...]
    }
    return result + rest
  }
}

extension Markup {
  /// Bytes at which something other than ordinary text may begin.
  fileprivate var specials: [UInt8] {
    switch self {
    case .plain, .telegramPlain: []
    case .slack, .telegramHTML, .matrixHTML: Array("<&".utf8)
    case .telegramMarkdownV2: Array("\\[`|_*~".utf8)
    case .telegramMarkdown: Array("\\[`_*".utf8)
    case .discord: Array("\\[`|_*~".utf8)
    case .mattermost, .teams: Array("\\[`*~".utf8)
    }
  }
}
