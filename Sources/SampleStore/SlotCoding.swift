/// Writes what changed from one column to the next, in ascending rows.
///
/// An entry is a varint of `gap << 3 | kind`, where the gap counts the rows passed over, and what
/// its kind needs: a zigzag varint of steps, or the differing bytes behind a byte that says which
/// they are. Kind `run` repeats the entry before it for as many rows as the gap says.
struct SlotEncoder {
  enum Kind: UInt64 { case absent, stale, whole, thousandths, millionths, bits, run }

  private var bytes: [UInt8] = []
  private var nextRow = 0
  private var last: Token?
  private var run: UInt64 = 0

  mutating func add(row: Int, from old: UInt64, to new: UInt64) {
    let token = Token(from: old, to: new)
    if row == nextRow, token == last {
      run += 1
    } else {
      flush()
      write(token, gap: UInt64(row - nextRow))
      last = token
    }
    nextRow = row + 1
  }

  /// The bytes of the slot; the encoder is not used afterwards.
  mutating func finish() -> [UInt8] {
    flush()
    return bytes
  }

  private mutating func flush() {
    if run > 0 { header(run, .run) }
    run = 0
  }

  private mutating func write(_ token: Token, gap: UInt64) {
    switch token {
    case .absent: header(gap, .absent)
    case .stale: header(gap, .stale)
    case .step(let unit, let steps):
      header(gap, unit == 0 ? .whole : unit == 1 ? .thousandths : .millionths)
      varint(UInt64(bitPattern: steps << 1) ^ UInt64(bitPattern: steps >> 63))
    case .bits(let difference):
      header(gap, .bits)
      let leading = min(7, difference.leadingZeroBitCount / 8)
      let trailing = difference == 0 ? 0 : difference.trailingZeroBitCount / 8
      bytes.append(UInt8(leading << 4 | trailing))
      for place in stride(from: 7 - leading, through: trailing, by: -1) {
        bytes.append(UInt8(truncatingIfNeeded: difference >> UInt64(8 * place)))
      }
    }
  }

  private mutating func header(_ gap: UInt64, _ kind: Kind) { varint(gap << 3 | kind.rawValue) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Reads what `SlotEncoder` wrote. Any bytes may come: what cannot be read ends the slot.
struct SlotDecoder {
  private let bytes: [UInt8]
  private var place: Int
  private let end: Int
  private let rows: Int
  /// The entry that `advance` came to.
  private(set) var row = -1
  private(set) var token = Token.absent
  private var hasToken = false
  private var run = 0
  /// Whether the end was not that of a slot.
  private(set) var isCorrupt = false

  /// `rows`: entries of rows from there on are no entries.
  init(_ bytes: [UInt8], _ range: Range<Int>, rows: Int) {
    self.bytes = bytes
    place = range.lowerBound
    end = min(range.upperBound, bytes.count)
    self.rows = rows
  }

  /// Goes on to the next entry; false at the end.
  mutating func advance() -> Bool {
    if run > 0 {
      run -= 1
      row += 1
      return row < rows || corrupt()
    }
    guard place < end, let header = varint() else { return false }
    guard let kind = SlotEncoder.Kind(rawValue: header & 7), header >> 3 <= UInt64(rows) else {
      return corrupt()
    }
    let gap = Int(header >> 3)
    if kind == .run {
      guard hasToken, gap > 0 else { return corrupt() }
      run = gap - 1
      row += 1
    } else {
      guard let token = self.token(kind) else { return corrupt() }
      self.token = token
      hasToken = true
      row += gap + 1
    }
    return row < rows || corrupt()
  }

  /// False, and there is nothing more.
  private mutating func corrupt() -> Bool {
    isCorrupt = true
    place = end
    run = 0
    return false
  }

  private mutating func token(_ kind: SlotEncoder.Kind) -> Token? {
    switch kind {
    case .absent: .absent
    case .stale: .stale
    case .whole: steps().map { .step(unit: 0, $0) }
    case .thousandths: steps().map { .step(unit: 1, $0) }
    case .millionths: steps().map { .step(unit: 2, $0) }
    case .bits: difference().map { .bits($0) }
    case .run: nil
    }
  }

  private mutating func steps() -> Int64? {
    varint().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
  }

  private mutating func difference() -> UInt64? {
    guard place < end else { return nil }
    let leading = Int(bytes[place] >> 4)
    let trailing = Int(bytes[place] & 15)
    place += 1
    let count = 8 - leading - trailing
    guard count > 0, count <= end - place else { return nil }
    var value: UInt64 = 0
    for _ in 0..<count {
      value = value << 8 | UInt64(bytes[place])
      place += 1
    }
    return value << UInt64(8 * trailing)
  }

  private mutating func varint() -> UInt64? {
    if place < end, bytes[place] < 0x80 {  // nearly always
      place += 1
      return UInt64(bytes[place - 1])
    }
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < end, shift < 64 {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    isCorrupt = true
    return nil
  }
}
