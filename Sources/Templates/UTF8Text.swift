/// Bytes as Go reads text from them: what is no UTF-8 is U+FFFD, a byte at a time.
enum UTF8Text {
  static let replacement: Unicode.Scalar = "\u{fffd}"

  /// The scalar at `index` and its length; `nil` at the end. An invalid byte has `isValid` false.
  static func scalar(
    _ bytes: [UInt8], at index: Int
  ) -> (scalar: Unicode.Scalar, length: Int, isValid: Bool)? {
    guard index < bytes.count else { return nil }
    let first = bytes[index]
    if first < 0x80 { return (Unicode.Scalar(first), 1, true) }
    let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    guard first >= 0xc2, first < 0xf5, index + length <= bytes.count else {
      return (replacement, 1, false)
    }
    var value = UInt32(first) & (0x7f >> UInt32(length))
    for place in 1..<length {
      let byte = bytes[index + place]
      guard byte & 0xc0 == 0x80 else { return (replacement, 1, false) }
      value = value << 6 | UInt32(byte & 0x3f)
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= least, let scalar = Unicode.Scalar(value) else {
      return (replacement, 1, false)
    }
    return (scalar, length, true)
  }

  /// The scalars and their bytes, in order.
  static func forEach(
    _ bytes: [UInt8], _ body: (_ scalar: Unicode.Scalar, _ bytes: ArraySlice<UInt8>) -> Void
  ) {
    var index = 0
    while let (scalar, length, _) = scalar(bytes, at: index) {
      body(scalar, bytes[index..<index + length])
      index += length
    }
  }

  static func count(_ bytes: [UInt8]) -> Int {
    var count = 0
    forEach(bytes) { _, _ in count += 1 }
    return count
  }

  static func prefix(_ bytes: [UInt8], scalars: Int) -> ArraySlice<UInt8> {
    var index = 0
    var left = scalars
    while left > 0, let (_, length, _) = scalar(bytes, at: index) {
      index += length
      left -= 1
    }
    return bytes[..<index]
  }
}

extension Unicode.Scalar {
  /// Go's `unicode.IsLetter`.
  var isGoLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// Go's `unicode.IsDigit`.
  var isGoDigit: Bool { properties.generalCategory == .decimalNumber }
  /// A letter, a digit or an underscore.
  var isGoAlphanumeric: Bool { self == "_" || isGoLetter || isGoDigit }

  /// Go's `unicode.IsPrint`: of the spaces, only the ASCII one.
  var isGoPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: self == " "
    default: true
    }
  }

  /// `U+0040 '@'`, or without the character when it cannot be printed.
  var goCodePoint: String {
    let digits = String(value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return isGoPrintable ? code + " '\(self)'" : code
  }
}
