/// HTML as Telegram and Matrix take it: some elements, each with some attributes.
extension MarkupScanner {
  mutating func htmlPiece(_ first: UInt8) -> MarkupPiece {
    if first == UInt8(ascii: "&") {
      if let (entity, shown) = entity { return MarkupPiece(String(take(entity)), showing: shown) }
      _ = takeOne()
      return MarkupPiece("&amp;", showing: "&")
    }
    guard let end = tagEnd else {
      _ = takeOne()
      return MarkupPiece("&lt;", showing: "<")
    }
    let whole = take(end)
    guard let tag = HTMLTag(whole.dropFirst().dropLast()) else {
      return MarkupPiece(Self.shownAsText(whole), showing: String(whole))
    }
    return MarkupPiece(tag.isClosing ? closing(tag.name) : opening(tag), showing: "")
  }

  private static func shownAsText(_ tag: Substring) -> String {
    var text = ""
    for scalar in tag.unicodeScalars {
      switch scalar {
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "&": text += "&amp;"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// Where an entity ends that begins here, and what it shows.
  private var entity: (String.Index, String)? {
    let inside = rest.utf8.dropFirst().prefix(10)
    guard let end = inside.firstIndex(of: UInt8(ascii: ";")) else { return nil }
    guard let name = String(inside[..<end]) else { return nil }
    let after = rest.utf8.index(after: end)
    switch name {
    case "lt": return (after, "<")
    case "gt": return (after, ">")
    case "amp": return (after, "&")
    case "quot": return (after, "\"")
    case "nbsp" where !isTelegram: return (after, "\u{a0}")
    default: break
    }
    guard name.hasPrefix("#") else { return nil }
    let digits = name.dropFirst()
    let value =
      digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
    guard let value, value >= 0x20, let scalar = Unicode.Scalar(value) else { return nil }
    return (after, String(scalar))
  }

  private var isTelegram: Bool {
    if case .telegramHTML = markup { return true }
    return false
  }

  /// Behind the `>` of a tag that begins here; a `>` between quotes is not it.
  private var tagEnd: String.Index? {
    let bytes = rest.utf8.prefix(Self.atomBytesMax)
    var quote: UInt8?
    var last: UInt8 = 0
    var index = bytes.index(after: bytes.startIndex)
    while index < bytes.endIndex {
      switch bytes[index] {
      case quote: quote = nil
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if quote == nil && last == UInt8(ascii: "=") { quote = bytes[index] }
      case UInt8(ascii: "<"): return nil
      case UInt8(ascii: ">") where quote == nil: return bytes.index(after: index)
      default: break
      }
      last = bytes[index]
      index = bytes.index(after: index)
    }
    return nil
  }

  /// Closes what is open within the element too; nothing when it is not open.
  private mutating func closing(_ name: String) -> String {
    guard let place = open.lastIndex(of: name) else { return "" }
    let closed = open[place...].reversed().map { "</\($0)>" }.joined()
    open.removeSubrange(place...)
    return closed
  }

  /// Nothing for an element, or a link, that is not allowed: its text stays.
  private mutating func opening(_ tag: HTMLTag) -> String {
    let allowed = isTelegram ? HTMLTag.ofTelegram : HTMLTag.ofMatrix
    guard let names = allowed[tag.name], open.count < Self.depthMax else { return "" }
    var text = "<" + tag.name
    for attribute in tag.attributes where names.contains(attribute.name) {
      if attribute.name == "href" && !HTMLTag.isLink(attribute.value) { return "" }
      text += " \(attribute.name)"
      if !attribute.value.isEmpty { text += "=\"\(Self.repaired(attribute.value[...]))\"" }
    }
    // A link without an address, a span without a class: Telegram refuses them.
    if names.contains("href") || isTelegram && tag.name == "span" {
      guard text.utf8.contains(UInt8(ascii: "=")) else { return "" }
    }
    if HTMLTag.empty.contains(tag.name) { return text + ">" }
    open.append(tag.name)
    return text + ">"
  }
}

/// What stands between `<` and `>`.
struct HTMLTag {
  var name: String
  var isClosing: Bool
  var attributes: [(name: String, value: String)] = []

  /// Elements and their attributes.
  static let ofTelegram: [String: [String]] = [
    "b": [], "strong": [], "i": [], "em": [], "u": [], "ins": [], "s": [], "strike": [], "del": [],
    "span": ["class"], "tg-spoiler": [], "a": ["href"], "code": ["class"], "pre": [],
    "blockquote": ["expandable"],
  ]
  static let ofMatrix: [String: [String]] = [
    "b": [], "strong": [], "i": [], "em": [], "u": [], "s": [], "del": [], "sup": [], "sub": [],
    "span": ["data-mx-color", "data-mx-bg-color", "data-mx-spoiler"], "a": ["href"],
    "code": ["class"], "pre": [], "blockquote": [], "p": [], "div": [], "ul": [], "ol": ["start"],
    "li": [], "h1": [], "h2": [], "h3": [], "h4": [], "h5": [], "h6": [], "br": [], "hr": [],
    "table": [], "thead": [], "tbody": [], "tr": [], "th": [], "td": [], "caption": [],
    "details": [], "summary": [],
  ]
  static let empty: Set = ["br", "hr"]

  static func isLink(_ url: String) -> Bool {
    ["http://", "https://", "mailto:"].contains { url.lowercased().hasPrefix($0) }
  }

  /// Fit to stand between double quotes. Scalar by scalar, whatever marks are upon them.
  private static func quotable(_ value: Substring) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      if scalar == "\"" { text += "&quot;" } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }

  /// `nil` when it does not read as a tag.
  init?(_ text: Substring) {
    var rest = text
    isClosing = rest.utf8.first == UInt8(ascii: "/")
    if isClosing { rest = rest.dropFirst() }
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    guard name.first?.isLetter == true else { return nil }
    self.name = name.lowercased()
    rest = rest[name.endIndex...]
    while true {
      rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "/" }
      if rest.isEmpty { return }
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
      guard !name.isEmpty else { return nil }
      rest = rest[name.endIndex...]
      var value: Substring = ""
      for quote in ["\"", "'"] where rest.utf8.starts(with: "=\(quote)".utf8) {
        rest = Substring(rest.utf8.dropFirst(2))
        guard let end = rest.utf8.firstIndex(where: quote.utf8.contains) else { return nil }
        value = rest[..<end]
        rest = Substring(rest[end...].utf8.dropFirst())
        break
      }
      attributes.append((name.lowercased(), Self.quotable(value)))
    }
  }
}
