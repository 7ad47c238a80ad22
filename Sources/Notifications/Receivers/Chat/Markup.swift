/// The languages in which receivers write bold text and links.
enum Markup: Sendable {
  case plain
  /// Slack's own; `breaksMentions`: names with `@` would ping.
  case slack(breaksMentions: Bool)
  case discord
  case mattermost
  case teams
  /// Telegram's without a parse mode: nothing but mentions means something.
  case telegramPlain
  case telegramHTML
  case telegramMarkdownV2
  /// Telegram's first Markdown.
  case telegramMarkdown
  case matrixHTML

  /// What an alert says, so that it is shown and means nothing.
  func escaped(_ text: String) -> String {
    if case .plain = self { return text }
    var rest = text[...]
    var result = ""
    while let url = BareURL(in: rest) {
      result += escaped(rest[..<url.range.lowerBound], startsLine: result.isEmpty)
      result += escaped(url)
      rest = rest[url.range.upperBound...]
    }
    return result + escaped(rest, startsLine: result.isEmpty)
  }

  /// Of text without a URL. `startsLine`: nothing stands before it.
  private func escaped(_ text: Substring, startsLine: Bool) -> String {
    let text = breaksMentions ? Self.withoutMentions(text) : String(text)
    switch self {
    case .plain, .telegramPlain: return text
    case .slack: return Self.withEntities(text, quotes: false)
    case .telegramHTML: return Self.withEntities(text, quotes: true)
    case .matrixHTML: return Self.withEntities(text, quotes: true, line: "<br>")
    case .telegramMarkdown: return Self.withLookAlikes(text)
    case .discord, .mattermost, .teams, .telegramMarkdownV2:
      return withBackslashes(text, startsLine: startsLine)
    }
  }

  /// It stays a link to its place: receivers take a backslash in it for a part of it.
  private func escaped(_ url: BareURL) -> String {
    let text = url.encoded(markupOfURLs, breaksMentions: breaksMentions)
    return markupOfURLs.isEmpty ? escaped(text[...], startsLine: false) : text
  }

  /// What means something in a URL too, where nothing can be escaped.
  private var markupOfURLs: String {
    switch self {
    case .discord, .teams: "\\`*|~[]()'"
    // With the end of an entity.
    case .mattermost: "\\`*|~[]()';"
    case .telegramMarkdown: "\\`*|~[]()'_"
    case .plain, .slack, .telegramPlain, .telegramHTML, .telegramMarkdownV2, .matrixHTML: ""
    }
  }

  var isHTML: Bool {
    switch self {
    case .telegramHTML, .matrixHTML: true
    default: false
    }
  }

  private var breaksMentions: Bool {
    switch self {
    case .slack(let breaksMentions): breaksMentions
    case .mattermost, .telegramPlain, .telegramHTML, .telegramMarkdownV2, .telegramMarkdown: true
    case .plain, .discord, .teams, .matrixHTML: false
    }
  }

  private static func withEntities(
    _ text: String, quotes: Bool, line: String = "\n"
  ) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\n": result += line
      case "\"" where quotes: result += "&quot;"
      case "'" where quotes: result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Within its entities the first Markdown of Telegram has no escape, and refuses what would need
  /// one.
  private static func withLookAlikes(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "*": result.append("\u{2217}")
      case "_": result.append("\u{ff3f}")
      case "`": result.append("\u{2cb}")
      case "[": result.append("\u{ff3b}")
      // What follows may be markup.
      case "\\": result.append("\u{ff3c}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private func withBackslashes(_ text: String, startsLine: Bool) -> String {
    var result = String.UnicodeScalarView()
    var startsLine = startsLine
    for scalar in text.unicodeScalars {
      if isEscaped(scalar, startsLine: startsLine) { result.append("\\") }
      result.append(scalar)
      startsLine = scalar == "\n" || startsLine && scalar == " "
    }
    return String(result)
  }

  /// Whether a character means something: everywhere, or where a line starts.
  private func isEscaped(_ scalar: Unicode.Scalar, startsLine: Bool) -> Bool {
    switch (self, scalar) {
    case (.telegramMarkdownV2, _):
      switch scalar {
      case "_", "*", "[", "]", "(", ")", "~", "`", ">", "#", "+", "-", "=", "|", "{", "}", ".", "!",
        "\\":
        true
      default: false
      }
    case (_, "\\"), (_, "*"), (_, "_"), (_, "~"), (_, "`"), (_, "|"), (_, "["), (_, "]"), (_, "("),
      (_, ")"), (_, "<"), (_, ">"), (_, "#"):
      true
    case (.mattermost, "&"), (.mattermost, "!"): true
    case (.discord, "@"): true
    case (_, "-"), (_, "+"), (_, "="): startsLine
    default: false
    }
  }

  /// With something of no width behind each `@` that begins a word.
  private static func withoutMentions(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return String(text) }
    var result = String.UnicodeScalarView()
    var last: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      result.append(scalar)
      if scalar == "@" && !last.properties.isAlphabetic && !last.isDigit {
        result.append("\u{200b}")
      }
      last = scalar
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
