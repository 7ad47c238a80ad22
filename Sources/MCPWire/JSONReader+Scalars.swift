extension JSONReader {
  /// A string as it stands in the bytes.
  struct StringToken {
    /// What is between the quotes.
    var content: Range<Int>
    var hasEscapes: Bool
  }

  /// Decodes the string that comes next, cut after about `limit` bytes; `nil` when it is no string.
  ///
  /// Lone surrogates and bytes that are not UTF-8 become U+FFFD.
  package mutating func string(limit: Int = 4096) throws(JSONProblem) -> String? {
    guard try kind() == .string else {
      try skipValue()
      return nil
    }
    return decode(try stringToken(), limit: limit)
  }

  /// The bytes between the quotes of the string that comes next, escapes and all; `nil` when it is
  /// no string.
  package mutating func rawString() throws(JSONProblem) -> Range<Int>? {
    guard try kind() == .string else {
      try skipValue()
      return nil
    }
    return try stringToken().content
  }

  /// The whole number that comes next; `nil` for anything else, and when it does not fit.
  package mutating func integer() throws(JSONProblem) -> Int64? {
    guard try kind() == .number else {
      try skipValue()
      return nil
    }
    let token = try numberToken()
    var magnitude: UInt64 = 0
    var index = token.lowerBound
    let isNegative = bytes[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    while index < token.upperBound {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      magnitude = sum
      index += 1
    }
    if isNegative {
      return magnitude <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }
    return Int64(exactly: magnitude)
  }

  /// The bytes of a value as they stand there.
  package func text(of range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// Passes over a number and gives its bytes.
  mutating func numberToken() throws(JSONProblem) -> Range<Int> {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    if peek() == UInt8(ascii: "0") { position += 1 } else { try skipDigits() }
    if peek() == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
      position += 1
      if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      try skipDigits()
    }
    return start..<position
  }

  private mutating func skipDigits() throws(JSONProblem) {
    let start = position
    while position < end, bytes[position] &- UInt8(ascii: "0") <= 9 { position += 1 }
    if position == start { throw problem }
  }

  /// Passes over a string, checking its escapes.
  mutating func stringToken() throws(JSONProblem) -> StringToken {
    guard peek() == UInt8(ascii: "\"") else { throw problem }
    position += 1
    let start = position
    var hasEscapes = false
    while true {
      position = endOfPlainText(from: position)
      switch peek() {
      case UInt8(ascii: "\""):
        position += 1
        return StringToken(content: start..<position - 1, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        position += 1
        hasEscapes = true
        try skipEscape()
      default: throw problem
      }
    }
  }

  /// Where the run of bytes ends that stand for themselves in a string.
  private func endOfPlainText(from start: Int) -> Int {
    let bytes = bytes.span
    var index = start
    while index < end {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      index += 1
    }
    return index
  }

  private mutating func skipEscape() throws(JSONProblem) {
    guard let byte = peek() else { throw problem }
    switch byte {
    case UInt8(ascii: "u"):
      guard hexadecimal(at: position + 1, before: end) != nil else { throw problem }
      position += 5
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    default: throw problem
    }
  }

  /// The text of a token, cut after about `limit` bytes, never inside a character.
  func decode(_ token: StringToken, limit: Int) -> String {
    guard token.hasEscapes else {
      return String(decoding: bytes[cut(token.content, after: limit)], as: UTF8.self)
    }
    var text: [UInt8] = []
    var index = token.content.lowerBound
    while index < token.content.upperBound, text.count < limit {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\\") {
        appendEscape(to: &text, at: &index, before: token.content.upperBound)
      } else {
        text.append(byte)
      }
    }
    while index < token.content.upperBound, bytes[index] & 0xc0 == 0x80 {
      text.append(bytes[index])
      index += 1
      if text.count > limit + 4 { break }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func cut(_ range: Range<Int>, after limit: Int) -> Range<Int> {
    guard range.count > limit else { return range }
    var last = range.lowerBound + limit
    while last > range.lowerBound, bytes[last] & 0xc0 == 0x80 { last -= 1 }
    return range.lowerBound..<last
  }

  private func appendEscape(to text: inout [UInt8], at index: inout Int, before limit: Int) {
    switch escape(at: &index, before: limit) {
    case .scalar(let scalar): text.append(contentsOf: scalar.utf8Bytes)
    case .surrogate: text.append(contentsOf: ("\u{fffd}" as Unicode.Scalar).utf8Bytes)
    }
  }

  /// What an escape stands for.
  enum Escape {
    case scalar(Unicode.Scalar)
    /// Half of a pair whose other half is not there.
    case surrogate(UInt16)
  }

  /// Reads the escape whose letter is at `index`, and passes over it.
  func escape(at index: inout Int, before limit: Int) -> Escape {
    guard index < limit else { return .scalar("\u{fffd}") }
    let letter = bytes[index]
    index += 1
    switch letter {
    case UInt8(ascii: "b"): return .scalar("\u{08}")
    case UInt8(ascii: "f"): return .scalar("\u{0c}")
    case UInt8(ascii: "n"): return .scalar("\n")
    case UInt8(ascii: "r"): return .scalar("\r")
    case UInt8(ascii: "t"): return .scalar("\t")
    case UInt8(ascii: "u"): return unit(at: &index, before: limit)
    default: return .scalar(Unicode.Scalar(letter))
    }
  }

  /// The character of `\uXXXX` (at the first X), or of a pair of surrogates.
  private func unit(at index: inout Int, before limit: Int) -> Escape {
    guard let high = hexadecimal(at: index, before: limit) else { return .scalar("\u{fffd}") }
    index += 4
    if let scalar = Unicode.Scalar(UInt32(high)) { return .scalar(scalar) }
    guard high < 0xdc00, index + 1 < limit, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u"),
      let low = hexadecimal(at: index + 2, before: limit), low >= 0xdc00, low <= 0xdfff
    else { return .surrogate(high) }
    index += 6
    let value = 0x10000 + (UInt32(high) - 0xd800) << 10 + (UInt32(low) - 0xdc00)
    return .scalar(Unicode.Scalar(value) ?? "\u{fffd}")
  }

  private func hexadecimal(at start: Int, before limit: Int) -> UInt16? {
    guard limit - start >= 4 else { return nil }
    var value: UInt16 = 0
    for index in start..<start + 4 {
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      value = value << 4 | UInt16(digit)
    }
    return value
  }
}

extension Unicode.Scalar {
  fileprivate var utf8Bytes: String.UTF8View { String(self).utf8 }
}
