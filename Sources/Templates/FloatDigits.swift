/// The decimal digits of a finite number: `0.<digits> * 10^point`, without zeros at either end.
struct FloatDigits {
  /// From 0 to 9; none for zero.
  private(set) var digits: [UInt8] = []
  private(set) var point = 0

  /// The fewest digits that read back as the same number.
  init(shortest value: Double) {
    var rest = value.magnitude.description[...]
    var exponent = 0
    if let mark = rest.firstIndex(of: "e") {
      exponent = Int(rest[rest.index(after: mark)...]) ?? 0
      rest = rest[..<mark]
    }
    var whole = 0
    var isFraction = false
    for byte in rest.utf8 {
      if byte == UInt8(ascii: ".") {
        isFraction = true
      } else {
        digits.append(byte & 15)
        if !isFraction { whole += 1 }
      }
    }
    point = whole + exponent
    trim()
  }

  /// All digits.
  init(exact value: Double) {
    guard value != 0 else { return }
    // value = significand * 2^exponent; in units of 10^-fraction it is a whole number.
    let exponent = max(Int(value.exponent), -1022) - 52
    let isNormal = value.isNormal
    let significand = value.significandBitPattern | (isNormal ? 1 << 52 : 0)
    var number = BigNumber(significand)
    for _ in 0..<max(exponent, 0) { number.multiply(by: 2) }
    let fraction = max(-exponent, 0)
    // 2^-n is 5^n in units of 10^-n.
    for _ in 0..<fraction { number.multiply(by: 5) }
    digits = number.digits
    point = digits.count - fraction
    trim()
  }

  private mutating func trim() {
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    point -= zeros
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { point = 0 }
  }

  /// Keeps at most `count` digits; a tie goes to the even one. Needs all digits.
  mutating func round(to count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      (digits, point) = ([], 0)
      return
    }
    let next = digits[count]
    let isOdd = count > 0 && digits[count - 1] % 2 == 1
    let goesUp = next > 5 || (next == 5 && (digits.count > count + 1 || isOdd))
    digits.removeLast(digits.count - count)
    if goesUp {
      var place = count - 1
      while place >= 0, digits[place] == 9 {
        digits[place] = 0
        place -= 1
      }
      if place >= 0 {
        digits[place] += 1
      } else {
        digits.insert(1, at: 0)
        point += 1
      }
    }
    trim()
  }

  /// The digit at a place of the number, 0 where there is none.
  func digit(_ place: Int) -> UInt8 { digits.indices.contains(place) ? digits[place] : 0 }
}

/// A whole number of any size, for at most some thousand digits.
private struct BigNumber {
  /// The lowest first, below 10^9 each.
  private var words: [UInt32]
  private static let base: UInt64 = 1_000_000_000

  init(_ value: UInt64) {
    words = [value % Self.base, value / Self.base % Self.base, value / Self.base / Self.base]
      .map { UInt32($0) }
  }

  mutating func multiply(by factor: UInt64) {
    var carry: UInt64 = 0
    for place in words.indices {
      let product = UInt64(words[place]) * factor + carry
      words[place] = UInt32(product % Self.base)
      carry = product / Self.base
    }
    if carry > 0 { words.append(UInt32(carry)) }
  }

  /// The highest first, with zeros before them.
  var digits: [UInt8] {
    words.reversed().flatMap { word in
      var rest = word
      var digits: [UInt8] = []
      for _ in 0..<9 {
        digits.append(UInt8(rest % 10))
        rest /= 10
      }
      return digits.reversed()
    }
  }
}
