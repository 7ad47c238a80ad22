/// Whether a text is JSON that Postgres keeps as jsonb: no NUL, no half of a surrogate pair, no
/// number outside of numeric, no depth that its stack has no room for.
package enum JSONBCheck {
  static let mostDepth = 500
  /// Of numeric: digits before and behind the point.
  private static let mostWhole = 131_072
  private static let mostFraction = 16_383

  package static func isTaken(_ json: [UInt8]) -> Bool {
    guard String(validating: json, as: UTF8.self) != nil else { return false }
    var reader = Reader(json: json)
    return reader.isDocument()
  }

  private struct Reader {
    let json: [UInt8]
    var place = 0

    var next: UInt8? { place < json.count ? json[place] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
      guard next == byte else { return false }
      place += 1
      return true
    }

    mutating func skipBlanks() {
      while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
        place += 1
      }
    }

    /// A value after another, with what is open on a stack of our own.
    mutating func isDocument() -> Bool {
      var open: [UInt8] = []
      while true {
        skipBlanks()
        guard let byte = next else { return false }
        var isOpened = false
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
          place += 1
          guard open.count < mostDepth else { return false }
          open.append(byte)
          skipBlanks()
          isOpened = next != closing(byte)
          if isOpened, byte == UInt8(ascii: "{"), !isKey() { return false }
        case UInt8(ascii: "\""): guard isString() else { return false }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
          guard isNumber() else { return false }
        default: guard isWord() else { return false }
        }
        if isOpened { continue }
        guard let goesOn = afterValue(&open) else { return false }
        if !goesOn { return place == json.count }
      }
    }

    /// Closes what ends here. `true`: another value follows; `nil`: no JSON.
    private mutating func afterValue(_ open: inout [UInt8]) -> Bool? {
      while true {
        skipBlanks()
        guard let last = open.last else { return false }
        if take(closing(last)) {
          open.removeLast()
          continue
        }
        guard take(UInt8(ascii: ",")) else { return nil }
        if last == UInt8(ascii: "{") {
          skipBlanks()
          guard isKey() else { return nil }
        }
        return true
      }
    }

    private func closing(_ byte: UInt8) -> UInt8 { byte + 2 }

    private mutating func isKey() -> Bool {
      guard isString() else { return false }
      skipBlanks()
      return take(UInt8(ascii: ":"))
    }

    private mutating func isWord() -> Bool {
      for word in ["true", "false", "null"] where json[place...].starts(with: word.utf8) {
        place += word.utf8.count
        return true
      }
      return false
    }

    private mutating func isString() -> Bool {
      guard take(UInt8(ascii: "\"")) else { return false }
      while let byte = next {
        place += 1
        switch byte {
        case UInt8(ascii: "\""): return true
        case UInt8(ascii: "\\"): guard isEscape() else { return false }
        case 0..<0x20: return false
        default: break
        }
      }
      return false
    }

    private mutating func isEscape() -> Bool {
      guard let byte = next else { return false }
      place += 1
      guard byte == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(byte) }
      guard let unit = codeUnit(), unit != 0 else { return false }
      switch unit {
      case 0xd800..<0xdc00:
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = codeUnit() else {
          return false
        }
        return (0xdc00..<0xe000).contains(low)
      case 0xdc00..<0xe000: return false
      default: return true
      }
    }

    private mutating func codeUnit() -> UInt32? {
      guard place + 4 <= json.count else { return nil }
      var unit: UInt32 = 0
      for byte in json[place..<(place + 4)] {
        guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
        unit = unit << 4 | UInt32(digit)
      }
      place += 4
      return unit
    }

    private mutating func isNumber() -> Bool {
      _ = take(UInt8(ascii: "-"))
      let startsWithZero = next == UInt8(ascii: "0")
      let whole = digits()
      guard whole > 0, whole == 1 || !startsWithZero else { return false }
      var fraction = 0
      if take(UInt8(ascii: ".")) {
        fraction = digits()
        guard fraction > 0 else { return false }
      }
      guard let exponent = exponent() else { return false }
      return whole + max(0, exponent) <= mostWhole && fraction + max(0, -exponent) <= mostFraction
    }

    private mutating func digits() -> Int {
      let start = place
      while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
      return place - start
    }

    /// 0 where there is none; `nil`: no number, or far outside of what numeric holds.
    private mutating func exponent() -> Int? {
      guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return 0 }
      let isNegative = take(UInt8(ascii: "-"))
      if !isNegative { _ = take(UInt8(ascii: "+")) }
      let start = place
      guard digits() > 0 else { return nil }
      var value = 0
      for byte in json[start..<place] {
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
        if value > mostWhole { return nil }
      }
      return isNegative ? -value : value
    }
  }
}
