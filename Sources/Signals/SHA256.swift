/// What SHA-256 makes of some bytes: equal for equal bytes and, as far as anyone knows, only then.
package struct Digest: Hashable, Sendable {
  /// The digest as eight words, the first byte highest in the first.
  package var words: SIMD8<UInt32>

  package init(words: SIMD8<UInt32>) { self.words = words }

  /// Of these bytes.
  package init(of bytes: some Sequence<UInt8>) {
    var hash = SHA256()
    hash.update(bytes)
    self = hash.finish()
  }

  /// From its 32 bytes; `nil` for another number of them.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    words = .zero
    for (place, byte) in bytes.enumerated() {
      words[place / 4] = words[place / 4] << 8 | UInt32(byte)
    }
  }

  package static let byteCount = 32

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    for word in words.indices {
      for shift in [24, 16, 8, 0] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: words[word] >> shift))
      }
    }
    return bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var hexadecimal: String {
    var text = ""
    for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return text
  }

  /// The digest of both in either order.
  package func joined(with other: Digest) -> Digest { Digest(words: words &+ other.words) }
}

/// SHA-256 as FIPS 180-4 has it.
///
/// In Swift, because what uses it is pure and so may call no C library.
package struct SHA256: Sendable {
  private var state: SIMD8<UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  /// The block that is being filled, as big-endian words.
  private var block = SIMD16<UInt32>.zero
  private var count: UInt64 = 0

  package init() {}

  package mutating func update(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
  }

  /// The digest of all that came; then the value is used up.
  package consuming func finish() -> Digest {
    let bits = count &* 8
    add(0x80)
    while count % 64 != 56 { add(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      add(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    return Digest(words: state)
  }

  @inline(__always)
  private mutating func add(_ byte: UInt8) {
    let place = Int(truncatingIfNeeded: count) & 63
    block[place >> 2] = block[place >> 2] << 8 | UInt32(byte)
    count &+= 1
    if place == 63 { compress() }
  }

  private mutating func compress() {
    var schedule = block
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    let constants = Self.constants.span
    for round in 0..<64 {
      if round >= 16 { Self.extend(&schedule, round) }
      let sum1 = e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)
      let choice = (e & f) ^ (~e & g)
      let first = h &+ sum1 &+ choice &+ constants[round] &+ schedule[round & 15]
      let sum0 = a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ sum0 &+ majority)
    }
    state &+= [a, b, c, d, e, f, g, h]
  }

  /// The schedule keeps its last sixteen words.
  @inline(__always)
  private static func extend(_ words: inout SIMD16<UInt32>, _ round: Int) {
    let (w15, w2) = (words[(round + 1) & 15], words[(round + 14) & 15])
    let sigma0 = w15.rotated(7) ^ w15.rotated(18) ^ (w15 >> 3)
    let sigma1 = w2.rotated(17) ^ w2.rotated(19) ^ (w2 >> 10)
    words[round & 15] &+= sigma0 &+ words[(round + 9) & 15] &+ sigma1
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}

extension UInt32 {
  /// Its bits moved to the right around the end.
  @inline(__always)
  fileprivate func rotated(_ count: UInt32) -> UInt32 { self >> count | self << (32 &- count) }
}
