/// Reads the parts of a chunk one after another. After damage it is at its end and gives zeros.
struct FeedBytes {
  let bytes: [UInt8]
  private(set) var place: Int
  private var end: Int
  private(set) var isDamaged = false

  init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    self.bytes = bytes
    let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
    place = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { place >= end }
  var left: Int { end - place }

  mutating func fail() {
    isDamaged = true
    place = end
  }

  @inline(__always)
  mutating func byte() -> UInt8 {
    guard place < end else {
      fail()
      return 0
    }
    let byte = bytes[place]
    place += 1
    return byte
  }

  @inline(__always)
  mutating func varint() -> UInt64 {
    if place < end {
      let byte = bytes[place]
      if byte < 0x80 {
        place += 1
        return UInt64(byte)
      }
    }
    return longVarint()
  }

  private mutating func longVarint() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < end {
      let byte = bytes[place]
      place += 1
      // The tenth byte has room for one bit.
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7f) &<< shift
      if byte < 0x80 { return value }
      shift += 7
    }
    fail()
    return 0
  }

  @inline(__always)
  mutating func signed() -> Int64 {
    let value = varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A text's bytes, which need not be UTF-8.
  @inline(__always)
  mutating func text() -> Range<Int> {
    let length = varint()
    guard length <= UInt64(left) else {
      fail()
      return end..<end
    }
    let start = place
    place += Int(length)
    return start..<place
  }

  /// How many parts follow, each of `least` bytes or more: no more than there is room for.
  mutating func count(ofParts least: Int) -> Int {
    let count = varint()
    guard count <= UInt64(left / least) else {
      fail()
      return 0
    }
    return Int(count)
  }

  @inline(__always)
  mutating func member<Member>(_ members: [Member?], else other: Member) -> Member {
    if let member = members[Int(byte())] { return member }
    fail()
    return other
  }

  /// A byte with no bit but those of `known`.
  @inline(__always)
  mutating func flags(_ known: UInt8) -> UInt8 {
    let flags = byte()
    if flags & ~known != 0 { fail() }
    return flags
  }
}
