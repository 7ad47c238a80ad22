/// A column of many rows on its way into a statement: an array, or one value when all are equal,
/// since the server pays for each array that it takes apart.
struct ArrayColumn: Sendable {
  let type: ColumnType
  /// Each with its length before it.
  private var elements = WireBytes()
  private var count = 0
  private var hasNull = false
  private var firstNumber: Int64?
  private var firstText: [UInt8]?
  private(set) var isConstant = true

  init(_ type: ColumnType) { self.type = type }

  /// Numbers and times; cut to what the type holds.
  mutating func append(_ value: Int64?) {
    if count == 0 { firstNumber = value } else if value != firstNumber { isConstant = false }
    guard let value else { return appendNull() }
    count += 1
    switch type {
    case .int2:
      elements.append(atMost: 6) {
        $0.put(Int32(2))
        $0.put(Int16(clamping: value))
      }
    case .int4:
      elements.append(atMost: 8) {
        $0.put(Int32(4))
        $0.put(Int32(clamping: value))
      }
    default:
      elements.append(atMost: 12) {
        $0.put(Int32(8))
        $0.put(value)
      }
    }
  }

  /// Texts and JSON in the type's binary form.
  mutating func append(_ value: [UInt8]?) {
    if count == 0 { firstText = value } else if value != firstText { isConstant = false }
    guard let value else { return appendNull() }
    count += 1
    elements.append(atMost: 4 + value.count) {
      $0.put(Int32(clamping: value.count))
      $0.put(value)
    }
  }

  private mutating func appendNull() {
    count += 1
    hasNull = true
    elements.append(atMost: 4) { $0.put(Int32(-1)) }
  }

  /// One value for all rows.
  mutating func addValue(to parameters: inout Parameters) {
    let bytes = elements.take()
    var rest = bytes.dropFirst(4)
    if hasNull { return parameters.appendNull(oid: type.oid) }
    if let firstText { rest = rest.prefix(firstText.count) } else { rest = rest.prefix(width) }
    parameters.append(oid: type.oid) { $0 += rest }
  }

  private var width: Int {
    switch type {
    case .int2: 2
    case .int4: 4
    default: 8
    }
  }

  mutating func addArray(to parameters: inout Parameters) {
    let elements = elements.take()
    parameters.append(array: elements, of: type, count: count, hasNull: hasNull)
  }
}

extension Parameters {
  /// An array of one dimension from elements that each have their length before them; NULL is the
  /// length -1.
  mutating func append(array elements: [UInt8], of type: ColumnType, count: Int, hasNull: Bool) {
    append(oid: type.arrayOID) { bytes in
      var head = WireBytes()
      head.append(atMost: 20) {
        $0.put(Int32(count == 0 ? 0 : 1))
        $0.put(Int32(hasNull ? 1 : 0))
        $0.put(type.oid)
        guard count > 0 else { return }
        $0.put(Int32(clamping: count))
        $0.put(Int32(1))
      }
      bytes += head.take()
      bytes += elements
    }
  }
}
