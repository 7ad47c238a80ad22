/// Decisions taken from bytes; when there are no more, always the first choice.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
  /// From 0 to `limit - 1`.
  mutating func number(below limit: Int) -> Int { Int(byte()) % max(limit, 1) }
  mutating func pick<Value>(_ values: [Value]) -> Value { values[number(below: values.count)] }
  mutating func word() -> UInt64 { (0..<8).reduce(0) { word, _ in word << 8 | UInt64(byte()) } }
}
