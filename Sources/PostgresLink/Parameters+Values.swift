package import Signals

extension Parameters {
  package mutating func append(text: String) {
    append(oid: ColumnType.text.oid) { $0.append(contentsOf: text.utf8) }
  }

  package mutating func append(int4: Int32) {
    append(oid: ColumnType.int4.oid) { $0.appendBigEndian(int4) }
  }

  package mutating func append(int8: Int64) {
    append(oid: ColumnType.int8.oid) { $0.appendBigEndian(int8) }
  }

  /// For a column of that type; without a zone it is UTC.
  package mutating func append(_ time: Timestamp, for form: ColumnForm) {
    append(oid: form.type.oid) { $0.appendBigEndian(time.postgresMicroseconds) }
  }

  package mutating func append(texts: [String?]) {
    append(array: texts, of: .text) { $0.append(contentsOf: $1.utf8) }
  }

  package mutating func append(int8s: [Int64?]) {
    append(array: int8s, of: .int8) { $0.appendBigEndian($1) }
  }

  /// An array of one dimension; `nil`: NULL.
  private mutating func append<Element>(
    array: [Element?], of type: ColumnType, _ write: (inout [UInt8], Element) -> Void
  ) {
    append(oid: type.arrayOID) { bytes in
      bytes.appendBigEndian(Int32(array.isEmpty ? 0 : 1))
      bytes.appendBigEndian(Int32(array.contains { $0 == nil } ? 1 : 0))
      bytes.appendBigEndian(type.oid)
      if array.isEmpty { return }
      bytes.appendBigEndian(Int32(clamping: array.count))
      bytes.appendBigEndian(Int32(1))
      for element in array {
        guard let element else {
          bytes.appendBigEndian(Int32(-1))
          continue
        }
        var value: [UInt8] = []
        write(&value, element)
        bytes.appendBigEndian(Int32(clamping: value.count))
        bytes.append(contentsOf: value)
      }
    }
  }
}

extension Array<UInt8> {
  fileprivate mutating func appendBigEndian(_ value: some FixedWidthInteger) {
    for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

extension Timestamp {
  /// Microseconds since 2000, within what Postgres takes.
  fileprivate var postgresMicroseconds: Int64 {
    // 4714 BC and 294276 AD, as Postgres counts.
    let (earliest, latest): (Int64, Int64) = (-210_866_803_200_000, 9_224_318_015_999_000)
    return (min(max(milliseconds, earliest), latest) - 946_684_800_000) * 1000
  }
}
