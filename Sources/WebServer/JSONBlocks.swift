import Signals

/// JSON, written straight into blocks of bytes that are sent one after another.
package struct JSONBlocks {
  private var current: [UInt8] = []
  private(set) var blocks: [[UInt8]] = []
  private var finishedBytes = 0

  /// A block is closed when it has this many bytes; what is written between two looks at it must
  /// be small beside the megabyte that no block exceeds.
  private static let blockBytes = 256 << 10

  package init() { current.reserveCapacity(4 << 10) }

  var byteCount: Int { finishedBytes + current.count }

  /// Closes the block when it is full. Called after each element.
  mutating func breakIfFull() {
    if current.count >= Self.blockBytes { closeBlock() }
  }

  private mutating func closeBlock() {
    finishedBytes += current.count
    blocks.append(current)
    current = []
    current.reserveCapacity(Self.blockBytes + (4 << 10))
  }

  /// All that was written.
  package mutating func finish() -> [[UInt8]] {
    if !current.isEmpty { closeBlock() }
    return blocks
  }

  /// As it is: punctuation, keys.
  mutating func raw(_ text: StaticString) {
    text.withUTF8Buffer { unsafe current.append(contentsOf: $0) }
  }

  mutating func byte(_ character: Unicode.Scalar) {
    current.append(UInt8(truncatingIfNeeded: character.value))
  }

  package mutating func string(_ text: String) {
    byte("\"")
    var text = text
    let isPlain = text.withUTF8 { utf8 in
      guard unsafe !utf8.contains(where: Self.mustEscape) else { return false }
      unsafe current.append(contentsOf: utf8)
      return true
    }
    if !isPlain {
      for byte in text.utf8 { escaped(byte) }
    }
    byte("\"")
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case UInt8(ascii: "\n"): raw("\\n")
    case UInt8(ascii: "\r"): raw("\\r")
    case UInt8(ascii: "\t"): raw("\\t")
    case ..<0x20:
      raw("\\u00")
      current.append(Self.hexDigit(byte >> 4))
      current.append(Self.hexDigit(byte & 15))
    default: current.append(byte)
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  mutating func integer(_ value: Int64) {
    if value < 0 { byte("-") }
    var rest = value.magnitude
    let start = current.count
    repeat {
      current.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    current[start...].reverse()
  }

  /// Milliseconds as seconds, with three decimals or none.
  package mutating func time(_ milliseconds: Int64) {
    if milliseconds < 0 { byte("-") }
    let magnitude = milliseconds.magnitude
    integer(Int64(magnitude / 1000))
    let fraction = magnitude % 1000
    guard fraction > 0 else { return }
    byte(".")
    for digit in [fraction / 100, fraction / 10 % 10, fraction % 10] {
      current.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
    }
  }

  /// A duration in seconds, to the microsecond.
  mutating func seconds(_ duration: Duration) {
    MetricValue.seconds(duration).append(to: &current)
  }

  mutating func boolean(_ value: Bool) { value ? raw("true") : raw("false") }

  /// A list of strings.
  mutating func strings(_ texts: [String]) {
    byte("[")
    for (index, text) in texts.enumerated() {
      if index > 0 { byte(",") }
      string(text)
      breakIfFull()
    }
    byte("]")
  }
}

/// How a number is written that is very large or very small.
package enum NumberForm: Sendable {
  /// Never with an exponent.
  case plain
  /// With an exponent below 1e-6 and from 1e21 on.
  case exponent
}

extension JSONBlocks {
  /// A number in a string, in the fewest digits that read back as it: sample values.
  package mutating func number(_ value: Double, _ form: NumberForm) {
    byte("\"")
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53, whole != 0 {
      integer(whole)
    } else if value.isFinite {
      if appended(plain: value) { return byte("\"") }
      digits(DecimalDigits(value), form, value)
    } else if value.isNaN {
      raw("NaN")
    } else {
      value < 0 ? raw("-Inf") : raw("+Inf")
    }
    byte("\"")
  }

  /// A number in a string, always with an exponent, as `1e+00`: values of alerts.
  mutating func exponential(_ value: Double) {
    byte("\"")
    if value.isNaN {
      raw("NaN")
    } else if value.isInfinite {
      value < 0 ? raw("-Inf") : raw("+Inf")
    } else {
      let digits = DecimalDigits(value)
      if digits.isNegative { byte("-") }
      digits.text.isEmpty ? raw("0e+00") : scientific(digits)
    }
    byte("\"")
  }

  /// Swift writes numbers of usual size as Go does, but for a last `.0`.
  private mutating func appended(plain value: Double) -> Bool {
    guard (1e-4..<1e15).contains(abs(value)) else { return false }
    var text = value.description
    return text.withUTF8 { utf8 in
      guard unsafe !utf8.contains(UInt8(ascii: "e")), unsafe utf8.last != UInt8(ascii: "0") else {
        return false
      }
      unsafe current.append(contentsOf: utf8)
      return true
    }
  }

  private mutating func digits(_ digits: DecimalDigits, _ form: NumberForm, _ value: Double) {
    if digits.isNegative { byte("-") }
    let size = abs(value)
    if form == .exponent, size != 0, size < 1e-6 || size >= 1e21 {
      return scientific(digits)
    }
    let text = digits.text
    if digits.point <= 0 {
      if text.isEmpty { return byte("0") }
      raw("0.")
      zeros(-digits.point)
      current.append(contentsOf: text)
    } else if digits.point >= text.count {
      current.append(contentsOf: text)
      zeros(digits.point - text.count)
    } else {
      current.append(contentsOf: text.prefix(digits.point))
      byte(".")
      current.append(contentsOf: text.dropFirst(digits.point))
    }
  }

  private mutating func scientific(_ digits: DecimalDigits) {
    current.append(contentsOf: digits.text.prefix(1))
    if digits.text.count > 1 {
      byte(".")
      current.append(contentsOf: digits.text.dropFirst())
    }
    let exponent = digits.point - 1
    exponent < 0 ? raw("e-") : raw("e+")
    if abs(exponent) < 10 { byte("0") }
    integer(Int64(abs(exponent)))
  }

  private mutating func zeros(_ count: Int) {
    for _ in 0..<max(0, count) { byte("0") }
  }
}

/// The fewest digits of a finite number: `0.text * 10^point`, without zeros at either end.
private struct DecimalDigits {
  var isNegative = false
  var text: [UInt8] = []
  var point = 0

  init(_ value: Double) {
    text.reserveCapacity(24)
    var exponent = 0
    var isAfterPoint = false
    var rest = value.description.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "-"): isNegative = true
      case UInt8(ascii: "."): isAfterPoint = true
      case UInt8(ascii: "e"):
        exponent = Int(String(decoding: rest, as: UTF8.self)) ?? 0
        rest = rest.dropFirst(rest.count)
      case UInt8(ascii: "0") where text.isEmpty:
        if isAfterPoint { point -= 1 }
      default:
        text.append(byte)
        if !isAfterPoint { point += 1 }
      }
    }
    while text.last == UInt8(ascii: "0") { text.removeLast() }
    point += exponent
  }
}
