/// Short texts by number as fields of a row, ready to be copied: all take the same room, so that no
/// call is needed.
struct FieldTable: Sendable {
  /// Room that a field takes while it is written.
  static let room = 32

  /// Each with its length before it, in four bytes.
  private var fields: [SIMD32<UInt8>] = []

  /// Texts of at most 28 bytes; what is longer is cut.
  init(_ texts: [[UInt8]]) {
    for text in texts {
      let kept = text.prefix(Self.room - 4)
      var field = SIMD32<UInt8>()
      field[3] = UInt8(truncatingIfNeeded: kept.count)
      for (place, byte) in kept.enumerated() { field[place + 4] = byte }
      fields.append(field)
    }
  }

  subscript(_ number: UInt8) -> SIMD32<UInt8> { fields[Int(number)] }
}

/// An event's id as a field: the one after it mostly differs in its last digit.
struct EventIDField: Sendable {
  private let prefix: [UInt8]
  private var sequence: UInt64 = 0
  private var field = SIMD32<UInt8>()
  /// 0: there is no field yet, or it is too long for one.
  private var length = 0

  init(agentID: String) { prefix = Array(agentID.utf8) + [UInt8(ascii: "-")] }

  /// Bytes that a field takes at most.
  var most: Int { prefix.count + 24 + FieldTable.room }

  @inline(__always)
  mutating func put(_ new: UInt64, to pen: inout WirePen) {
    if length == 0 || new != sequence &+ 1 || !countOn() { make(new) }
    sequence = new
    if length > 0 {
      pen.put(field, of: length)
    } else {
      pen.putField(prefix + Array(String(new).utf8))
    }
  }

  /// The next number in place; false when it has a digit more.
  private mutating func countOn() -> Bool {
    for place in stride(from: length - 1, through: prefix.count + 4, by: -1) {
      if field[place] < UInt8(ascii: "9") {
        field[place] &+= 1
        return true
      }
      field[place] = UInt8(ascii: "0")
    }
    return false
  }

  private mutating func make(_ new: UInt64) {
    let text = prefix + Array(String(new).utf8)
    length = text.count + 4
    guard length <= FieldTable.room else {
      length = 0
      return
    }
    field[3] = UInt8(truncatingIfNeeded: text.count)
    for (place, byte) in text.enumerated() { field[place + 4] = byte }
  }
}

extension WirePen {
  @inline(__always)
  mutating func put(_ table: FieldTable, _ number: UInt8) {
    let field = table[number]
    put(field, of: 4 &+ Int(field[3]))
  }
}
