/// RFC 4648, section 4.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)

  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    var (bits, count) = (0, 0)
    for byte in bytes {
      (bits, count) = ((bits << 8 | Int(byte)) & 0xffff, count + 8)
      while count >= 6 {
        count -= 6
        text.append(alphabet[bits >> count & 0x3f])
      }
    }
    if count > 0 { text.append(alphabet[bits << (6 - count) & 0x3f]) }
    while text.count % 4 != 0 { text.append("=") }
    return String(text)
  }

  /// What stands before the first character that is none of the alphabet.
  package static func decode(_ text: some StringProtocol) -> [UInt8] {
    var bytes: [UInt8] = []
    var (bits, count) = (0, 0)
    for scalar in text.unicodeScalars {
      guard let index = alphabet.firstIndex(of: scalar) else { break }
      (bits, count) = ((bits << 6 | index) & 0xffff, count + 6)
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> count))
    }
    return bytes
  }
}
