/// Bytes that are not JSON, or nested deeper than is read.
package struct JSONProblem: Error, Equatable, Sendable {
  /// Offset of the first byte that does not fit.
  package let offset: Int
}

/// Reads JSON (RFC 8259) in place: finds members, skips values, decodes only what is asked for.
///
/// It never recurses, allocates nothing for what it skips, and throws on the first byte that is not
/// JSON in what it has passed over. The caller pulls: each call consumes one whole value.
package struct JSONReader: Sendable {
  package enum Kind: Equatable, Sendable { case object, array, string, number, bool, null }

  /// Deepest nesting of objects and arrays that is read.
  package static let depthMax = 128

  let bytes: [UInt8]
  let end: Int
  /// Offset of the next byte to read.
  package internal(set) var position: Int
  /// Containers that the caller is inside of.
  private var depth = 0

  /// Reads `range` of `bytes`, or all of them.
  package init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    let whole = 0..<bytes.count
    let range = range.map { $0.clamped(to: whole) } ?? whole
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// What kind of value comes next.
  package mutating func kind() throws(JSONProblem) -> Kind {
    skipWhitespace()
    guard let byte = peek() else { throw problem }
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw problem
    }
  }

  /// Passes over one value and gives the bytes it takes.
  package mutating func value() throws(JSONProblem) -> Range<Int> {
    skipWhitespace()
    let start = position
    try skipValue()
    return start..<position
  }

  /// Throws unless only whitespace is left.
  package mutating func expectEnd() throws(JSONProblem) {
    skipWhitespace()
    if position < end { throw problem }
  }

  /// Calls `visit` with each member's key, at its value; a value left unread is skipped.
  ///
  /// Keys over 128 bytes are given as "": no member that anyone looks for is that long.
  package mutating func forEachMember(
    _ visit: (inout JSONReader, String) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    try enter(UInt8(ascii: "{"))
    defer { depth -= 1 }
    if take(UInt8(ascii: "}")) { return }
    repeat {
      skipWhitespace()
      let token = try stringToken()
      let key = token.content.count <= 128 ? decode(token, limit: 128) : ""
      try expect(UInt8(ascii: ":"))
      skipWhitespace()
      let start = position
      try visit(&self, key)
      if position == start { try skipValue() }
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Calls `visit` at each element; an element left unread is skipped.
  package mutating func forEachElement(
    _ visit: (inout JSONReader) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    try enter(UInt8(ascii: "["))
    defer { depth -= 1 }
    if take(UInt8(ascii: "]")) { return }
    repeat {
      skipWhitespace()
      let start = position
      try visit(&self)
      if position == start { try skipValue() }
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
  }

  /// The number of elements of the array that comes next.
  package mutating func countElements() throws(JSONProblem) -> Int {
    var count = 0
    try forEachElement { _ throws(JSONProblem) in count += 1 }
    return count
  }
}

extension JSONReader {
  /// Passes over one value, whatever it is and however deep, without recursion.
  package mutating func skipValue() throws(JSONProblem) {
    // One bit for each open container, the innermost lowest: 1 is an object, 0 an array.
    var containers: UInt128 = 0
    var nesting = 0
    while true {
      skipWhitespace()
      switch peek() {
      case UInt8(ascii: "{"):
        try push(&containers, &nesting, isObject: true)
        if take(UInt8(ascii: "}")) { pop(&containers, &nesting) } else { try skipKey(); continue }
      case UInt8(ascii: "["):
        try push(&containers, &nesting, isObject: false)
        if take(UInt8(ascii: "]")) { pop(&containers, &nesting) } else { continue }
      default: try skipScalar()
      }
      while nesting > 0 {
        let isObject = containers & 1 == 1
        if take(UInt8(ascii: ",")) {
          if isObject { try skipKey() }
          break
        }
        try expect(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        pop(&containers, &nesting)
      }
      if nesting == 0 { return }
    }
  }

  private mutating func push(
    _ containers: inout UInt128, _ nesting: inout Int, isObject: Bool
  ) throws(JSONProblem) {
    guard depth + nesting < Self.depthMax else { throw problem }
    position += 1
    containers = containers << 1 | (isObject ? 1 : 0)
    nesting += 1
  }

  private func pop(_ containers: inout UInt128, _ nesting: inout Int) {
    containers >>= 1
    nesting -= 1
  }

  private mutating func skipKey() throws(JSONProblem) {
    skipWhitespace()
    _ = try stringToken()
    try expect(UInt8(ascii: ":"))
  }

  private mutating func skipScalar() throws(JSONProblem) {
    switch peek() {
    case UInt8(ascii: "\""): _ = try stringToken()
    case UInt8(ascii: "t"): try expect(word: "true")
    case UInt8(ascii: "f"): try expect(word: "false")
    case UInt8(ascii: "n"): try expect(word: "null")
    default: _ = try numberToken()
    }
  }

  private mutating func enter(_ opening: UInt8) throws(JSONProblem) {
    guard depth < Self.depthMax else { throw problem }
    try expect(opening)
    depth += 1
  }
}

extension JSONReader {
  /// What to throw at the current byte.
  var problem: JSONProblem { JSONProblem(offset: position) }

  func peek() -> UInt8? { position < end ? bytes[position] : nil }

  mutating func skipWhitespace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }

  /// Passes over whitespace and `byte`, if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    skipWhitespace()
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  mutating func expect(_ byte: UInt8) throws(JSONProblem) {
    guard take(byte) else { throw problem }
  }

  private mutating func expect(word: StaticString) throws(JSONProblem) {
    for byte in word.description.utf8 {
      guard peek() == byte else { throw problem }
      position += 1
    }
  }
}
