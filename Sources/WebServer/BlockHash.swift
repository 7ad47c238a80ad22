/// Tells blocks of a page apart: 128 bits, keyed anew in each process, so that nobody outside can
/// make two blocks look alike. About as fast as memory.
struct BlockHash: Hashable, Sendable {
  private let first: UInt64
  private let second: UInt64
  private let count: Int

  private static let keys: (UInt64, UInt64) = (.random(in: 1...(.max)), .random(in: 1...(.max)))

  init(of bytes: [UInt8]) {
    let (firstKey, secondKey) = Self.keys
    var first = firstKey
    var second = secondKey
    func combine(_ word: UInt64) {
      first = Self.fold(first ^ word, 0x9e37_79b9_7f4a_7c15 ^ firstKey)
      second = Self.fold(second ^ word, 0xd1b5_4a32_d192_ed03 ^ secondKey)
    }
    unsafe bytes.withUnsafeBytes { raw in
      let whole = raw.count & ~7
      for offset in stride(from: 0, to: whole, by: 8) {
        combine(unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      var rest: UInt64 = 1
      for offset in whole..<raw.count { rest = rest << 8 | UInt64(unsafe raw[offset]) }
      combine(rest)
    }
    self.first = first
    self.second = second
    count = bytes.count
  }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (high, low) = left.multipliedFullWidth(by: right)
    return (high ^ low) &+ left
  }
}
