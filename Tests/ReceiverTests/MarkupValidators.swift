import Notifications

/// Whether a text is whole in the language of its receiver, judged without the product's own code.
/// They know what the default messages have of markup: bold text and links.
enum MarkupValidator {
  /// What is wrong; `nil`: nothing.
  static func problem(in text: String, of kind: IntegrationKind) -> String? {
    switch kind {
    case .slack: slack(text)
    case .discord, .mattermost, .msteamsv2: markdown(text, breaksMentions: kind == .mattermost)
    case .telegram: html(text, elements: ["b", "a"])
    case .matrix: html(text, elements: ["b", "a"])
    case .webhook: nil
    }
  }

  static func slack(_ text: String) -> String? {
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      let rest = scalars[index...]
      switch scalars[index] {
      case "&":
        guard ["&amp;", "&lt;", "&gt;"].contains(where: { begins(rest, with: $0) }) else {
          return "an ampersand that is no entity at \(index)"
        }
        index += 1
      case "<":
        guard let end = rest.firstIndex(of: ">") else { return "a link without end at \(index)" }
        let link = string(scalars[(index + 1)..<end])
        guard link.hasPrefix("http://") || link.hasPrefix("https://") else {
          return "not a link: <\(link)>"
        }
        guard !link.contains("<"), !link.contains("\n"), link.split(separator: "|").count == 2
        else { return "a broken link: <\(link)>" }
        index = end + 1
      case ">": return "a bracket that opens nowhere at \(index)"
      default: index += 1
      }
    }
    return nil
  }

  static func markdown(_ text: String, breaksMentions: Bool) -> String? {
    let scalars = Array(text.unicodeScalars)
    var index = 0
    var isBold = false
    while index < scalars.count {
      switch scalars[index] {
      case "\\":
        guard index + 1 < scalars.count else { return "a backslash at the end" }
        guard scalars[index + 1].isASCII, !scalars[index + 1].properties.isAlphabetic else {
          return "a backslash before \(scalars[index + 1])"
        }
        index += 2
      case "*":
        guard index + 1 < scalars.count, scalars[index + 1] == "*" else {
          return "a bare * at \(index)"
        }
        isBold.toggle()
        index += 2
      case "[":
        guard let end = linkEnd(scalars, index) else { return "a bare [ at \(index)" }
        index = end
      case "h" where begins(scalars[index...], with: "http"):
        index = endOfURL(scalars, index)
      case "_", "~", "`", "|", "<", ">", "#", "]": return "a bare \(scalars[index]) at \(index)"
      case "@" where breaksMentions && mentions(scalars, index): return "a mention at \(index)"
      default: index += 1
      }
    }
    return isBold ? "bold to the end" : nil
  }

  /// Of a URL in text, where only some characters mean anything.
  private static func endOfURL(_ scalars: [Unicode.Scalar], _ start: Int) -> Int {
    guard let colon = scalars[start...].prefix(6).firstIndex(of: ":"),
      begins(scalars[colon...], with: "://")
    else { return start + 1 }
    let isWord = { (scalar: Unicode.Scalar) in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    }
    var index = colon + 3
    while index < scalars.count {
      switch scalars[index] {
      case "#": break
      case "_":
        guard isWord(scalars[index - 1]), index + 1 < scalars.count, isWord(scalars[index + 1])
        else { return index }
      case "@": guard isWord(scalars[index - 1]) else { return index }
      case "*", "`", "|", "~", "[", "]", "(", "\\", "<", ">", "\"": return index
      case let scalar where scalar.properties.isWhitespace: return index
      default: break
      }
      index += 1
    }
    return index
  }

  /// Behind a link of the form `[Word](http://...)`.
  private static func linkEnd(_ scalars: [Unicode.Scalar], _ start: Int) -> Int? {
    guard let label = scalars[start...].firstIndex(of: "]"), label + 1 < scalars.count,
      scalars[label + 1] == "(", let end = scalars[label...].firstIndex(of: ")")
    else { return nil }
    let name = string(scalars[(start + 1)..<label])
    let url = string(scalars[(label + 2)..<end])
    guard ["Runbook", "Query", "Page"].contains(name), isURL(url) else { return nil }
    return end + 1
  }

  private static func isURL(_ url: String) -> Bool {
    (url.hasPrefix("http://") || url.hasPrefix("https://"))
      && url.unicodeScalars.allSatisfy {
        $0.isASCII && $0.value > 0x20 && !"()<>\"\\`|*".contains(Character($0))
      }
  }

  private static func mentions(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    let before = index == 0 ? " " : scalars[index - 1]
    guard index + 1 < scalars.count else { return false }
    let after = scalars[index + 1]
    return !before.properties.isAlphabetic && !("0"..."9").contains(before)
      && (after.properties.isAlphabetic || ("0"..."9").contains(after))
  }

  /// MarkdownV2 in which nothing is markup.
  static func escapedMarkdownV2(_ text: String) -> String? {
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if isEscaped {
        guard scalar.value > 0 && scalar.value < 127 else { return "a backslash before \(scalar)" }
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if "_*[]()~`>#+-=|{}.!".unicodeScalars.contains(scalar) {
        return "a bare \(scalar)"
      }
    }
    return isEscaped ? "a backslash at the end" : nil
  }

  static func html(_ text: String, elements: Set<String>) -> String? {
    let scalars = Array(text.unicodeScalars)
    var open: [String] = []
    var index = 0
    while index < scalars.count {
      switch scalars[index] {
      case "&":
        guard let end = scalars[index...].prefix(8).firstIndex(of: ";"),
          ["amp", "lt", "gt", "quot", "#39"].contains(string(scalars[(index + 1)..<end]))
        else { return "an ampersand that is no entity at \(index)" }
        index = end + 1
      case "<":
        guard let end = scalars[index...].firstIndex(of: ">") else { return "a tag without end" }
        let tag = string(scalars[(index + 1)..<end])
        if let problem = problem(ofTag: tag, elements, &open) { return problem }
        index = end + 1
      case ">": return "a bracket that opens nowhere at \(index)"
      default: index += 1
      }
    }
    return open.isEmpty ? nil : "open at the end: \(open)"
  }

  private static func problem(
    ofTag tag: String, _ elements: Set<String>, _ open: inout [String]
  ) -> String? {
    if tag == "br" { return nil }
    if tag.hasPrefix("/") {
      return open.popLast() == String(tag.dropFirst()) ? nil : "<\(tag)> closes nothing"
    }
    guard let name = tag.split(separator: " ").first.map(String.init), elements.contains(name)
    else { return "not allowed: <\(tag)>" }
    open.append(name)
    guard name == "a" else { return tag == name ? nil : "attributes: <\(tag)>" }
    let url = tag.dropFirst("a href=\"".count).dropLast()
    guard tag.hasPrefix("a href=\""), tag.hasSuffix("\""), isURL(String(url)),
      slack(String(url)) == nil
    else { return "not a link: <\(tag)>" }
    return nil
  }

  /// What is there to be read in HTML, by the vendor's reckoning. Scalar by scalar: what stands on
  /// the end of an entity does not make it another.
  static func shown(ofHTML text: String) -> String {
    let entities: [(String, Unicode.Scalar)] = [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ]
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      let rest = scalars[index...]
      if scalars[index] == "<" {
        index = (rest.firstIndex(of: ">") ?? scalars.count - 1) + 1
      } else if let (entity, scalar) = entities.first(where: { begins(rest, with: $0.0) }) {
        result.append(scalar)
        index += entity.utf8.count
      } else {
        result.append(scalars[index])
        index += 1
      }
    }
    return String(result)
  }

  /// Characters that are not to be seen, or turn the direction of writing.
  static func hidden(in text: String) -> Unicode.Scalar? {
    text.unicodeScalars.first { scalar in
      switch scalar.value {
      case 0x0a: false
      case 0..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069, 0x200e, 0x200f, 0x2028, 0x2029:
        true
      default: false
      }
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }

  private static func begins(_ scalars: ArraySlice<Unicode.Scalar>, with text: String) -> Bool {
    scalars.starts(with: text.unicodeScalars)
  }
}
