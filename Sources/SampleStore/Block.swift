/// A run of slots, each kept as what changed since the one before; the first as a whole.
struct Block: Sendable {
  /// A sample between two slots, of one row.
  struct Extra: Sendable, Equatable {
    var time: Int64
    var row: Int32
    var bits: UInt64
  }

  /// A decrease from the slot before: `before` is what a counter lost.
  struct Reset: Sendable {
    var slot: Int32
    var row: Int32
    var before: Double
  }

  /// Beyond so many resets, and one a row, these are no counters: who asks reads the samples.
  private static let resetsMax = 256

  /// Never used twice in a group; grows with time.
  let number: Int
  private(set) var times: [Int64] = []
  /// Rows that have nothing or the stale marker in some slot, or an extra sample.
  private(set) var irregular = RowSet()
  private(set) var resets: [Reset] = []
  private(set) var hasAllResets = true
  /// Ascending in time.
  private(set) var extras: [Extra] = []
  /// Rows that there were in the last slot.
  private(set) var rows = 0
  private(set) var samples = 0
  /// Records that made the block: slots, and sets of extra samples.
  private(set) var records = 0

  /// While the block grows, the bytes of each slot; a look that is held shares them.
  private var open: [[UInt8]] = []
  /// Afterwards all in one.
  private var sealed: [UInt8] = []
  private var ends: [Int32] = []

  init(number: Int) { self.number = number }

  var isEmpty: Bool { records == 0 }
  var firstTime: Int64 { min(times.first ?? .max, extras.first?.time ?? .max) }
  var lastTime: Int64 { max(times.last ?? .min, extras.last?.time ?? .min) }

  /// An estimate of the memory that the block takes.
  var bytes: Int {
    let slots = sealed.count + open.reduce(0) { $0 + $1.count + 48 } + ends.count * 4
    return slots + times.count * 8 + irregular.bytes + resets.count * 16 + extras.count * 24 + 320
  }

  /// Whether the rows' samples within the block are one a slot, so that only its ends and its
  /// resets need to be looked at.
  func isRegular(_ row: Int) -> Bool { row < rows && hasAllResets && !irregular.contains(row) }

  /// The bytes of a slot.
  func slot(_ index: Int) -> (bytes: [UInt8], range: Range<Int>) {
    if index < ends.count {
      let start = index == 0 ? 0 : Int(ends[index - 1])
      return (sealed, start..<Int(ends[index]))
    }
    let bytes = open[index - ends.count]
    return (bytes, 0..<bytes.count)
  }
}

extension Block {
  /// Adds a slot whose column follows `before` (that of the slot before, in whatever block) and
  /// returns its bytes.
  mutating func append(_ column: Column, after before: Column, at time: Int64) -> [UInt8] {
    let isFirst = times.isEmpty
    let known = isFirst ? column.count : rows
    rows = column.count
    var encoder = SlotEncoder()
    let (new, old) = (column.span, before.span)
    var present = 0
    for row in new.indices {
      let cell = new[row]
      let last = row < old.count ? old[row] : Cell.absent
      if cell != Cell.absent { present += 1 }
      // The slots before have nothing of it.
      if row >= known { irregular.insert(row) }
      if isFirst {
        if !Cell.isSample(cell) { irregular.insert(row) }
        if cell != Cell.absent { encoder.add(row: row, from: Cell.absent, to: cell) }
      } else if cell != last {
        if !Cell.isSample(last) || !Cell.isSample(cell) { irregular.insert(row) }
        encoder.add(row: row, from: last, to: cell)
      }
      if cell != last { noteReset(row, from: last, to: cell) }
    }
    samples += present
    let bytes = encoder.finish()
    open.append(bytes)
    times.append(time)
    records += 1
    return bytes
  }

  private mutating func noteReset(_ row: Int, from old: UInt64, to new: UInt64) {
    guard hasAllResets, Cell.isSample(old), Cell.isSample(new) else { return }
    let before = Double(bitPattern: old)
    guard Double(bitPattern: new) < before else { return }
    if resets.count >= max(Self.resetsMax, rows) {
      hasAllResets = false
      resets = []
    } else {
      resets.append(Reset(slot: Int32(times.count), row: Int32(row), before: before))
    }
  }

  mutating func append(extras new: [Extra]) {
    for extra in new { irregular.insert(Int(extra.row)) }
    extras.append(contentsOf: new)
    samples += new.count
    records += 1
  }

  /// Packs the slots: the block grows no more.
  mutating func seal() {
    sealed.reserveCapacity(open.reduce(0) { $0 + $1.count })
    for slot in open {
      sealed.append(contentsOf: slot)
      ends.append(Int32(clamping: sealed.count))
    }
    open = []
  }

  /// Walks the columns of slots up to `last`, the first that is asked for being `first`.
  func walk(from first: Int, through last: Int, _ visit: (Int, Column) -> Void) {
    var column = Column(repeating: Cell.absent, count: rows)
    for index in 0...max(0, last) where index < times.count {
      let (bytes, range) = slot(index)
      var decoder = SlotDecoder(bytes, range, rows: rows)
      while decoder.advance() {
        column[decoder.row] = decoder.token.cell(after: column[decoder.row]) ?? Cell.absent
      }
      if index >= first { visit(index, column) }
    }
  }
}
