/// FNV-1a, 64 bits: the same on every machine and in every run, unlike `hashValue`.
package struct StableHash: Sendable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package init(of text: String) { combine(text) }

  package mutating func combine(byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
  }
  package mutating func combine(_ text: String) {
    let bytes = text.utf8Span.span
    for index in bytes.indices { combine(byte: bytes[index]) }
    combine(byte: 0xff)  // never part of UTF-8: "ab"+"c" differs from "a"+"bc"
  }
  package mutating func combine(_ number: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      combine(byte: UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }

  /// A number in 0..<1 that is spread evenly even over similar inputs.
  package var fraction: Double { Double(mixed >> 11) * 0x1p-53 }

  /// The value with each bit depending on all of it.
  package var mixed: UInt64 {
    var mixed = value
    mixed ^= mixed >> 33
    mixed = mixed &* 0xff51_afd7_ed55_8ccd
    mixed ^= mixed >> 33
    mixed = mixed &* 0xc4ce_b9fe_1a85_ec53
    mixed ^= mixed >> 33
    return mixed
  }
}
