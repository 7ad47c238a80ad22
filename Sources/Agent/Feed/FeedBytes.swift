/// Reads the parts of a chunk one after another. After damage it is at its end and gives zeros.
///
/// Each call is given the same bytes: what holds a span itself cannot be kept.
struct FeedBytes {
  private(set) var place: Int
  private let end: Int
  private(set) var isDamaged = false

  /// `range` lies within the bytes.
  init(_ range: Range<Int>) {
    place = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { place >= end }
  var left: Int { end &- place }

  mutating func fail() {
    isDamaged = true
    place = end
  }

  @inline(__always)
  mutating func byte(_ bytes: borrowing Span<UInt8>) -> UInt8 {
    guard place < end else {
      fail()
      return 0
    }
    let byte = bytes[place]
    place &+= 1
    return byte
  }

  @inline(__always)
  mutating func varint(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    if place < end {
      let byte = bytes[place]
      if byte < 0x80 {
        place &+= 1
        return UInt64(byte)
      }
    }
    return longVarint(bytes)
  }

  private mutating func longVarint(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    var next = place
    while next < end {
      let byte = bytes[next]
      next &+= 1
      // The tenth byte has room for one bit.
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7f) &<< shift
      if byte < 0x80 {
        place = next
        return value
      }
      shift &+= 7
    }
    fail()
    return 0
  }

  @inline(__always)
  mutating func signed(_ bytes: borrowing Span<UInt8>) -> Int64 {
    let value = varint(bytes)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A text's bytes, which need not be UTF-8.
  @inline(__always)
  mutating func text(_ bytes: borrowing Span<UInt8>) -> Range<Int> {
    let length = varint(bytes)
    guard length <= UInt64(left) else {
      fail()
      return end..<end
    }
    let start = place
    place &+= Int(length)
    return start..<place
  }

  /// How many parts follow, each of `least` bytes or more: no more than there is room for.
  mutating func count(ofParts least: Int, _ bytes: borrowing Span<UInt8>) -> Int {
    let count = varint(bytes)
    guard count <= UInt64(left / least) else {
      fail()
      return 0
    }
    return Int(count)
  }

  @inline(__always)
  mutating func code<Member>(
    _ codes: FeedCodes<Member>, else other: FeedCode<Member>, _ bytes: borrowing Span<UInt8>
  ) -> FeedCode<Member> {
    if let code = codes.code(byte(bytes)) { return code }
    fail()
    return other
  }

  /// A byte with no bit but those of `known`.
  @inline(__always)
  mutating func flags(_ known: UInt8, _ bytes: borrowing Span<UInt8>) -> UInt8 {
    let flags = byte(bytes)
    if flags & ~known != 0 { fail() }
    return flags
  }
}
