/// `fmt.Sprintf`
struct Formatter {
  private let format: [UInt8]
  private let values: [TemplateValue]
  private var index = 0
  private var printer: ValuePrinter
  /// The next value.
  private var next = 0
  /// Whether a verb took its value by number; then values may be left over.
  private var isReordered = false
  /// Whether the number that was just read is that of a value.
  private var isGoodIndex = true

  init(format: [UInt8], values: [TemplateValue], escaping: @escaping TextEscaping) {
    self.format = format
    printer = ValuePrinter(escaping)
    self.values = values
  }

  mutating func run() throws(GoError) -> [UInt8] {
    while index < format.count {
      let start = index
      while index < format.count, format[index] != UInt8(ascii: "%") { index += 1 }
      if index > start { try printer.append(Array(format[start..<index])) }
      guard index < format.count else { break }
      index += 1
      try directive()
    }
    if !isReordered, next < values.count { try leftOver() }
    return printer.out
  }

  private mutating func leftOver() throws(GoError) {
    try append("%!(EXTRA ")
    for (place, value) in values[next...].enumerated() {
      if place > 0 { try append(", ") }
      if value.unboxed.isMissing {
        try append("<nil>")
      } else {
        try append(value.unboxed.typeName + "=")
        try printer.write(value, "v", FormatSpec())
      }
    }
    try append(")")
  }

  private mutating func append(_ text: String) throws(GoError) {
    try printer.append(Array(text.utf8))
  }

  private mutating func directive() throws(GoError) {
    var spec = FormatSpec()
    isGoodIndex = true
    var wasIndexed = false
    flags(&spec)
    argumentNumber(&wasIndexed)
    if take("*") {
      let (width, isGood) = integerValue()
      spec.width = width
      if !isGood { try append("%!(BADWIDTH)") }
      if let width, width < 0 {
        spec.width = -width
        spec.minus = true
        spec.zero = false
      }
      wasIndexed = false
    } else {
      spec.width = number()
      if wasIndexed, spec.width != nil { isGoodIndex = false }
    }
    if take(".") {
      if wasIndexed { isGoodIndex = false }
      argumentNumber(&wasIndexed)
      if take("*") {
        let (precision, isGood) = integerValue()
        spec.precision = precision.flatMap { $0 < 0 ? nil : $0 }
        if !isGood || (precision ?? 0) < 0 { try append("%!(BADPREC)") }
        wasIndexed = false
      } else {
        spec.precision = number() ?? 0
      }
    }
    if !wasIndexed { argumentNumber(&wasIndexed) }
    guard let (verb, length, _) = UTF8Text.scalar(format, at: index) else {
      try append("%!(NOVERB)")
      return
    }
    index += length
    try apply(verb, &spec)
  }

  private mutating func apply(
    _ verb: Unicode.Scalar, _ spec: inout FormatSpec
  ) throws(GoError) {
    if verb == "%" {
      try append("%")
    } else if !isGoodIndex {
      try append("%!\(verb)(BADINDEX)")
    } else if next >= values.count {
      try append("%!\(verb)(MISSING)")
    } else {
      if verb == "v" {
        (spec.sharpV, spec.sharp) = (spec.sharp, false)
        (spec.plusV, spec.plus) = (spec.plus, false)
      }
      next += 1
      try printer.write(values[next - 1], verb, spec)
    }
  }

  private mutating func flags(_ spec: inout FormatSpec) {
    while index < format.count {
      switch format[index] {
      case UInt8(ascii: "#"): spec.sharp = true
      case UInt8(ascii: "0"): spec.zero = !spec.minus
      case UInt8(ascii: "+"): spec.plus = true
      case UInt8(ascii: " "): spec.space = true
      case UInt8(ascii: "-"):
        spec.minus = true
        spec.zero = false
      default: return
      }
      index += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < format.count, UInt32(format[index]) == character.value else { return false }
    index += 1
    return true
  }

  /// Go takes no number beyond this.
  private static let largest = 1_000_000

  /// Digits; what is too large is nothing.
  private mutating func number() -> Int? {
    var value: Int?
    while index < format.count, (0x30...0x39).contains(format[index]) {
      if let known = value, known > Self.largest { return nil }
      value = (value ?? 0) * 10 + Int(format[index] & 15)
      index += 1
    }
    return value
  }

  /// A width or precision that is a value.
  private mutating func integerValue() -> (Int?, isGood: Bool) {
    guard next < values.count else { return (nil, false) }
    next += 1
    let value: Int?
    switch values[next - 1].unboxed {
    case .integer(let number, _), .duration(let number, isPointer: false): value = Int(number)
    case .unsigned(let number, _): value = Int(exactly: number)
    default: value = nil
    }
    guard let value, (-Self.largest...Self.largest).contains(value) else { return (nil, false) }
    return (value, true)
  }

  /// `[n]`: the number of the next value, from 1.
  private mutating func argumentNumber(_ wasIndexed: inout Bool) {
    guard index < format.count, format[index] == UInt8(ascii: "[") else { return }
    isReordered = true
    guard let close = format[index...].firstIndex(of: UInt8(ascii: "]")) else {
      isGoodIndex = false
      index += 1
      wasIndexed = false
      return
    }
    let digits = format[(index + 1)..<close]
    index = close + 1
    let isNumber = !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    guard isNumber, let number = Int(String(decoding: digits, as: UTF8.self)),
      (1...max(values.count, 1)).contains(number), !values.isEmpty
    else {
      isGoodIndex = false
      wasIndexed = isNumber
      return
    }
    next = number - 1
    wasIndexed = true
  }
}
