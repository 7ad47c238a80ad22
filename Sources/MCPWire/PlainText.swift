/// Text of servers, made fit to be read by a person, and looked through.
enum PlainText {
  /// `text` without control, format and private characters, runs of spaces made one, cut to `limit`
  /// Unicode scalars.
  static func cleaned(_ text: String, limit: Int) -> String {
    var result = String.UnicodeScalarView()
    var count = 0
    var owesSpace = false
    for scalar in text.unicodeScalars {
      if isBlank(scalar) {
        owesSpace = count > 0
        continue
      }
      if owesSpace {
        guard count + 1 < limit else { break }
        result.append(" ")
        count += 1
        owesSpace = false
      }
      guard count < limit else { break }
      result.append(scalar)
      count += 1
    }
    return String(result)
  }

  /// `text` without control characters except line feed and tab, cut to `bytesMax` bytes of UTF-8.
  static func cleanedLines(_ text: String, bytesMax: Int) -> String {
    var result = String.UnicodeScalarView()
    var bytes = 0
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0a: break
      case 0..<0x20, 0x7f..<0xa0: continue
      default: break
      }
      bytes += UTF8.width(scalar)
      if bytes > bytesMax { break }
      result.append(scalar)
    }
    return String(result)
  }

  /// `text` on one line, cut to `bytesMax` bytes of UTF-8: runs of spaces and line ends are one
  /// space, and what cannot be seen stands there by its number, as in `<U+200B>`.
  static func visible(_ text: String, bytesMax: Int) -> String {
    var result = ""
    var owesSpace = false
    for scalar in text.unicodeScalars {
      if scalar.value <= 0x7f, scalar.properties.isWhitespace {
        owesSpace = !result.isEmpty
        continue
      }
      let piece = isBlank(scalar) ? numbered(scalar) : String(scalar)
      let space = owesSpace ? " " : ""
      guard result.utf8.count + space.utf8.count + piece.utf8.count <= bytesMax else { break }
      result += space + piece
      owesSpace = false
    }
    return result
  }

  private static func numbered(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7f { return scalar.value <= 0x20 }
    // Variation selectors and fillers are letters or marks that show nothing.
    if scalar.properties.isDefaultIgnorableCodePoint { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return true
    default: return false
    }
  }

  /// Whether `text` contains `phrase` (lower case ASCII), whatever the case of the text.
  static func contains(_ text: String, _ phrase: StaticString) -> Bool {
    find(Array(phrase.description.utf8), in: lowered(text), from: 0) != nil
  }

  /// "rate limit", "rate-limit", "ratelimit" or "too many requests".
  static func mentionsRateLimit(_ text: String) -> Bool {
    let bytes = lowered(text)
    if find(Array("too many requests".utf8), in: bytes, from: 0) != nil { return true }
    let limit = Array("limit".utf8)
    var start = 0
    while let rate = find(Array("rate".utf8), in: bytes, from: start) {
      let rest = bytes[(rate + 4)...]
      if rest.starts(with: limit) || rest.dropFirst().starts(with: limit) { return true }
      start = rate + 1
    }
    return false
  }

  /// Whether one of `words` (lower case ASCII) stands in `text` as a word of its own.
  static func hasWord(_ words: [StaticString], in text: String) -> Bool {
    let bytes = lowered(text)
    for word in words {
      let needle = Array(word.description.utf8)
      var start = 0
      while let place = find(needle, in: bytes, from: start) {
        let after = place + needle.count
        let opens = place == 0 || !isWordByte(bytes[place - 1])
        if opens && (after == bytes.count || !isWordByte(bytes[after])) { return true }
        start = place + 1
      }
    }
    return false
  }

  /// `text` with every occurrence of a secret replaced; secrets under four bytes are left alone.
  static func redacted(_ text: String, hiding secrets: [String]) -> String {
    var bytes = Array(text.utf8)
    var changed = false
    for secret in secrets where secret.utf8.count >= 4 {
      let needle = Array(secret.utf8)
      let stars = Array("<secret>".utf8)
      var start = 0
      while let place = find(needle, in: bytes, from: start) {
        bytes.replaceSubrange(place..<place + needle.count, with: stars)
        start = place + stars.count
        changed = true
      }
    }
    return changed ? String(decoding: bytes, as: UTF8.self) : text
  }

  private static func lowered(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte)
      || byte == UInt8(ascii: "_")
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard let first = needle.first, bytes.count >= needle.count else { return nil }
    let last = bytes.count - needle.count
    var place = start
    while place <= last {
      if bytes[place] == first && bytes[place..<place + needle.count].elementsEqual(needle) {
        return place
      }
      place += 1
    }
    return nil
  }
}
