/// Short texts by number, ready to be copied: all take the same room, so that no call is needed.
struct FieldTable: Sendable {
  /// Room that a field takes while it is written.
  static let room = 32

  private var fields: [SIMD32<UInt8>] = []
  private var lengths: [UInt8] = []

  /// Each with its length before it when `withLength`; what does not fit is left out.
  init(_ texts: [[UInt8]], withLength: Bool = true) {
    for text in texts {
      var bytes: [UInt8] = []
      if withLength { bytes += [0, 0, 0, UInt8(truncatingIfNeeded: text.count)] }
      bytes += text
      var field = SIMD32<UInt8>()
      let fitting = bytes.prefix(Self.room)
      for (place, byte) in fitting.enumerated() { field[place] = byte }
      fields.append(field)
      lengths.append(UInt8(truncatingIfNeeded: fitting.count))
    }
  }

  subscript(_ number: UInt8) -> (field: SIMD32<UInt8>, length: Int) {
    (fields[Int(number)], Int(lengths[Int(number)]))
  }
}

extension WirePen {
  @inline(__always)
  mutating func put(_ table: FieldTable, _ number: UInt8) {
    let (field, length) = table[number]
    put(field, of: length)
  }
}
