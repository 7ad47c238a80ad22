/// Text of alerts, made fit to be read by a person.
enum VisibleText {
  /// Of one label or annotation, in bytes: more has no place in a chat.
  static let bytesMax = 16_384

  /// `text` without what cannot be seen or turns the direction of writing; line ends are all line
  /// feeds. Emoji of several parts stay whole.
  static func cleaned(_ text: String) -> String {
    if isPlain(text) { return text }
    var result = String.UnicodeScalarView()
    var bytes = 0
    var last: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      defer { last = scalar }
      guard let shown = shown(scalar, after: last) else { continue }
      bytes += UTF8.width(shown)
      guard bytes <= bytesMax else {
        result.append("…")
        break
      }
      result.append(shown)
    }
    return String(result)
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= bytesMax
      && text.utf8.allSatisfy { (0x20..<0x7f).contains($0) || $0 == UInt8(ascii: "\n") }
  }

  /// `nil` for what goes away.
  private static func shown(
    _ scalar: Unicode.Scalar, after last: Unicode.Scalar
  ) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x0a: return last == "\r" ? nil : "\n"
    case 0x0d, 0x85, 0x2028, 0x2029: return "\n"
    case 0x09: return " "
    case 0..<0x20, 0x7f..<0xa0: return nil
    // Marks, embeddings, overrides and isolates of direction.
    case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: return nil
    // Spaces of no width, fillers, tags, annotations, the byte order mark.
    case 0xad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b...0x180f, 0x200b, 0x2060...0x2064,
      0x206a...0x206f, 0x3164, 0xfeff, 0xffa0, 0xfff0...0xfffb, 0xe0000...0xe0fff:
      return nil
    default: return scalar
    }
  }
}
