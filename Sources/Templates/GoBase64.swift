import Signals

/// Go's `base64.StdEncoding`: padded, and line ends do not count.
enum GoBase64 {
  private static let pad = UInt8(ascii: "=")

  static func decoded(_ text: String) throws(GoError) -> [UInt8] {
    let bytes = Array(text.utf8)
    var digits: [UInt8] = []
    var (index, isOver) = (0, false)
    /// Where the group of four began that is being read.
    var start = 0
    while index < bytes.count {
      let byte = bytes[index]
      if isLineEnd(byte) {
        index += 1
        continue
      }
      if isOver { throw damage(index) }
      if digits.count.isMultiple(of: 4) { start = index }
      if byte == pad {
        index = try end(of: bytes, at: index, digits.count % 4)
        isOver = true
      } else {
        guard isDigit(byte) else { throw damage(index) }
        digits.append(byte)
        index += 1
      }
    }
    guard isOver || digits.count.isMultiple(of: 4) else { throw damage(start) }
    return Base64.decode(String(decoding: digits, as: UTF8.self))
  }

  /// Behind the signs that fill up the last group, of which so many digits are there.
  private static func end(
    of bytes: [UInt8], at index: Int, _ digits: Int
  ) throws(GoError) -> Int {
    guard digits > 1 else { throw damage(index) }
    guard digits == 2 else { return index + 1 }
    let second = bytes[(index + 1)...].firstIndex { !isLineEnd($0) }
    guard let second else { throw damage(bytes.count) }
    guard bytes[second] == pad else { throw damage(second - 1) }
    return second + 1
  }

  private static func damage(_ index: Int) -> GoError {
    GoError("illegal base64 data at input byte \(index)")
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
      || ((0x61...0x7a).contains(byte | 0x20) && byte >= 0x41)
  }
}
