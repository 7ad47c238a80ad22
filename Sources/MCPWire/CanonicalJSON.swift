import Signals

/// JSON written one way, so that texts that mean the same are the same bytes: no whitespace, the
/// members of an object in the order of their names, each character of a string in one form.
///
/// Whatever a reader of the text could tell apart stays apart: numbers keep their digits, members
/// of one name all stay, and lone surrogates and bytes that are no UTF-8 stay what they are.
struct CanonicalJSON {
  private(set) var bytes: [UInt8] = []

  /// Longer values stay as they were written: sorting them would take a hostile server's time.
  static let bytesMax = 1 << 20

  /// Of a value that a reader has passed over, and so found to be JSON of bounded depth.
  init(_ source: [UInt8], in range: Range<Int>) throws(JSONProblem) {
    guard range.count <= Self.bytesMax else {
      bytes = Array(source[range])
      return
    }
    bytes.reserveCapacity(range.count)
    var reader = JSONReader(source, in: range)
    try write(&reader, depth: 0)
    try reader.expectEnd()
  }

  private mutating func write(_ reader: inout JSONReader, depth: Int) throws(JSONProblem) {
    guard depth <= JSONReader.depthMax else { throw reader.problem }
    switch try reader.kind() {
    case .object: try writeObject(&reader, depth: depth)
    case .array: try writeArray(&reader, depth: depth)
    case .string: try writeString(&reader)
    case .number, .bool, .null:
      let range = try reader.value()
      bytes.append(contentsOf: reader.bytes[range])
    }
  }

  private mutating func writeArray(_ reader: inout JSONReader, depth: Int) throws(JSONProblem) {
    try reader.expect(UInt8(ascii: "["))
    bytes.append(UInt8(ascii: "["))
    defer { bytes.append(UInt8(ascii: "]")) }
    if reader.take(UInt8(ascii: "]")) { return }
    try write(&reader, depth: depth + 1)
    while reader.take(UInt8(ascii: ",")) {
      bytes.append(UInt8(ascii: ","))
      try write(&reader, depth: depth + 1)
    }
    try reader.expect(UInt8(ascii: "]"))
  }

  /// A member as it was written: where its name ends, and where it ends itself.
  private struct Member {
    var start: Int
    var nameEnd: Int
    var end: Int
  }

  private mutating func writeObject(_ reader: inout JSONReader, depth: Int) throws(JSONProblem) {
    try reader.expect(UInt8(ascii: "{"))
    bytes.append(UInt8(ascii: "{"))
    defer { bytes.append(UInt8(ascii: "}")) }
    if reader.take(UInt8(ascii: "}")) { return }
    var members: [Member] = []
    var isSorted = true
    repeat {
      if !members.isEmpty { bytes.append(UInt8(ascii: ",")) }
      var member = Member(start: bytes.count, nameEnd: 0, end: 0)
      reader.skipWhitespace()
      try writeString(&reader)
      member.nameEnd = bytes.count
      try reader.expect(UInt8(ascii: ":"))
      bytes.append(UInt8(ascii: ":"))
      try write(&reader, depth: depth + 1)
      member.end = bytes.count
      if let last = members.last, isBefore(member, last) { isSorted = false }
      members.append(member)
    } while reader.take(UInt8(ascii: ","))
    try reader.expect(UInt8(ascii: "}"))
    if !isSorted { sort(members) }
  }

  private func isBefore(_ one: Member, _ other: Member) -> Bool {
    bytes[one.start..<one.nameEnd].lexicographicallyPrecedes(bytes[other.start..<other.nameEnd])
  }

  /// Puts the members, which are the end of what was written, in the order of their names; those of
  /// one name stay in theirs.
  private mutating func sort(_ members: [Member]) {
    guard let first = members.first else { return }
    let order = members.sorted {
      isBefore($0, $1) || !isBefore($1, $0) && $0.start < $1.start
    }
    var sorted: [UInt8] = []
    sorted.reserveCapacity(bytes.count - first.start)
    for (place, member) in order.enumerated() {
      if place > 0 { sorted.append(UInt8(ascii: ",")) }
      sorted.append(contentsOf: bytes[member.start..<member.end])
    }
    bytes.replaceSubrange(first.start..., with: sorted)
  }

  private mutating func writeString(_ reader: inout JSONReader) throws(JSONProblem) {
    let token = try reader.stringToken()
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    guard token.hasEscapes else {
      bytes.append(contentsOf: reader.bytes[token.content])
      return
    }
    var index = token.content.lowerBound
    while index < token.content.upperBound {
      let byte = reader.bytes[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch reader.escape(at: &index, before: token.content.upperBound) {
      case .scalar(let scalar): append(scalar)
      case .surrogate(let unit): appendEscape(UInt32(unit))
      }
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\": bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(scalar.value)])
    case "\0"..<" ": appendEscape(scalar.value)
    default: bytes.append(contentsOf: String(scalar).utf8)
    }
  }

  private mutating func appendEscape(_ unit: UInt32) {
    let digits = String(unit, radix: 16)
    bytes.append(contentsOf: "\\u\(String(repeating: "0", count: max(0, 4 - digits.count)))".utf8)
    bytes.append(contentsOf: digits.utf8)
  }
}
