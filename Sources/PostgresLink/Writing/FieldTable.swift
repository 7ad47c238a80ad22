/// Texts as fields of a row, each with its length before it, by number.
struct FieldTable: Sendable {
  private let bytes: [UInt8]
  private let starts: [Int]
  /// Bytes of the longest field.
  let longest: Int

  init(_ texts: [[UInt8]]) {
    var fields = WireBytes()
    var starts = [0]
    for text in texts {
      fields.append(atMost: 4 + text.count) { $0.putField(text) }
      starts.append(fields.count)
    }
    bytes = fields.take()
    self.starts = starts
    longest = 4 + (texts.map(\.count).max() ?? 0)
  }

  func withField(_ number: UInt8, _ body: (UnsafeRawBufferPointer) -> Void) {
    let range = starts[Int(number)]..<starts[Int(number) + 1]
    unsafe bytes.withUnsafeBytes { all in
      unsafe body(UnsafeRawBufferPointer(rebasing: all[range]))
    }
  }
}

extension WirePen {
  mutating func put(_ table: FieldTable, _ number: UInt8) {
    unsafe table.withField(number) { unsafe put($0) }
  }
}
