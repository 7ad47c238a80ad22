/// A URL in the midst of text, where receivers make a link of it.
struct BareURL {
  let range: Range<String.Index>
  private let text: Substring
  /// Behind which there is only punctuation, which is no part of it.
  private let end: String.Index

  /// The first one in `text`.
  init?(in text: Substring) {
    let bytes = text.utf8
    var last: UInt8 = 0
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte | 0x20 == UInt8(ascii: "h"), !Unicode.Scalar(last).isWord,
        SafeLink.hasHost(text[index...])
      {
        self.init(startingAt: index, in: text)
        return
      }
      last = byte
      index = bytes.index(after: index)
    }
    return nil
  }

  private init(startingAt start: String.Index, in text: Substring) {
    let rest = text[start...].unicodeScalars
    let end = rest.firstIndex {
      $0.properties.isWhitespace || $0 == "<" || $0 == ">" || $0 == "\""
    }
    range = start..<(end ?? rest.endIndex)
    self.text = text[range]
    self.end = Self.end(of: text[range].unicodeScalars)
  }

  /// A `)` behind it is one that it does not open.
  private static func end(of url: Substring.UnicodeScalarView) -> String.Index {
    var url = url
    var unopened = url.reduce(0) { $0 + ($1 == ")" ? 1 : $1 == "(" ? -1 : 0) }
    while let last = url.last {
      switch last {
      case ".", ",", ";", ":", "!", "?", "'": break
      case ")" where unopened > 0: unopened -= 1
      default: return url.endIndex
      }
      url.removeLast()
    }
    return url.endIndex
  }

  /// With what is in `markup` percent-encoded, and so `_` that does not stand within a word when
  /// there is any; and `@` where a name begins, when that would ping.
  func encoded(_ markup: String, breaksMentions: Bool) -> String {
    let markup = markup.unicodeScalars
    var result = String.UnicodeScalarView()
    var last: Unicode.Scalar = " "
    let scalars = text[..<end].unicodeScalars
    for index in scalars.indices {
      let scalar = scalars[index]
      let isEncoded =
        switch scalar {
        case "@": breaksMentions && !last.isWord
        case "_" where !markup.isEmpty && !markup.contains("_"):
          !last.isWord || scalars[index...].dropFirst().first?.isWord != true
        default: markup.contains(scalar)
        }
      if isEncoded {
        result += "%\(String(scalar.value, radix: 16, uppercase: true))".unicodeScalars
      } else {
        result.append(scalar)
      }
      last = scalar
    }
    return String(result) + text[end...]
  }
}

extension Unicode.Scalar {
  /// Of ASCII's letters and digits.
  fileprivate var isWord: Bool {
    switch self {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: false
    }
  }
}
