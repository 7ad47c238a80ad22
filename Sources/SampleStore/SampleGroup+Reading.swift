import PromQL

/// A row that somebody asks about, and the place of the answer.
struct Asked {
  var place: Int
  var row: Int
}

/// The instants `after < time <= through`.
struct Window {
  var after: Int64
  var through: Int64

  func contains(_ time: Int64) -> Bool { after < time && time <= through }

  /// The slots of these ascending times that are within.
  func slots(_ times: [Int64]) -> Range<Int> {
    let first = Self.first(in: times, after: after)
    return first..<max(first, Self.first(in: times, after: through))
  }

  private static func first(in times: [Int64], after time: Int64) -> Int {
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension SampleGroup {
  func block(_ index: Int) -> Block { index < sealed.count ? sealed[index] : open }

  /// The blocks that have something within the window.
  func blocks(in window: Window) -> Range<Int> {
    var low = 0
    var high = blocks
    while low < high {
      let middle = (low + high) / 2
      if block(middle).lastTime > window.after { high = middle } else { low = middle + 1 }
    }
    var end = low
    while end < blocks, block(end).firstTime <= window.through { end += 1 }
    return low..<end
  }

  /// Visits the columns of slots of a block in ascending order; those that are not at hand are
  /// decoded on the way, once.
  func walk(_ blockIndex: Int, _ slots: Range<Int>, _ visit: (Int, Column) -> Void) {
    guard !slots.isEmpty else { return }
    let block = block(blockIndex)
    var later = 0
    for index in (blockIndex + 1)..<max(blockIndex + 1, blocks) {
      later += self.block(index).times.count
      if later >= recent.count { break }
    }
    // The place in `recent` of the block's slot 0; negative when it is older.
    let origin = recent.count - later - block.times.count
    let firstAtHand = min(max(slots.lowerBound, -origin), slots.upperBound)
    if firstAtHand > slots.lowerBound {
      block.walk(from: slots.lowerBound, through: firstAtHand - 1, visit)
    }
    for slot in firstAtHand..<slots.upperBound { visit(slot, recent[origin + slot]) }
  }
}

// MARK: - Newest samples

extension SampleGroup {
  /// The newest sample within the window, the stale marker included, of each row that has one.
  func latest(
    _ asked: [Asked], in window: Window, times: inout [Int64], values: inout [Double]
  ) {
    var open = asked
    let touched = blocks(in: window)
    for index in touched.reversed() where !open.isEmpty {
      let slots = window.slots(block(index).times)
      // The newest column answers nearly all; the others are for those that were not in it.
      if let last = slots.last {
        settle(&open, index, last..<(last + 1), &times, &values)
        if !open.isEmpty { settle(&open, index, slots.dropLast(), &times, &values) }
      }
    }
    var places: [Int32] = []
    for index in touched {
      for extra in block(index).extras where window.contains(extra.time) {
        if places.isEmpty { places = placesByRow(asked) }
        guard let place = Self.place(extra.row, places), times[place] < extra.time else { continue }
        times[place] = extra.time
        values[place] = Double(bitPattern: extra.bits)
      }
    }
  }

  /// For each row of the group its place among the answers, or -1.
  func placesByRow(_ asked: [Asked]) -> [Int32] {
    var places = [Int32](repeating: -1, count: index.labels.count)
    for one in asked where one.row < places.count { places[one.row] = Int32(one.place) }
    return places
  }

  static func place(_ row: Int32, _ places: [Int32]) -> Int? {
    let place = places[Int(row)]
    return place < 0 ? nil : Int(place)
  }

  private func settle(
    _ open: inout [Asked], _ index: Int, _ slots: Range<Int>, _ times: inout [Int64],
    _ values: inout [Double]
  ) {
    let instants = block(index).times
    var isSettled = [Bool](repeating: false, count: open.count)
    walk(index, slots) { slot, column in
      for (number, one) in open.enumerated() {
        let cell = column.cell(one.row)
        if cell == Cell.absent { continue }
        times[one.place] = instants[slot]
        values[one.place] = Double(bitPattern: cell)
        isSettled[number] = true
      }
    }
    open = zip(open, isSettled).filter { !$0.1 }.map(\.0)
  }
}

// MARK: - All samples

extension SampleGroup {
  /// Appends the samples of one row within the window, in ascending time.
  func read(_ row: Int, in window: Window, into buffer: inout SampleBuffer) {
    for index in blocks(in: window) {
      let block = block(index)
      let start = buffer.count
      let slots = window.slots(block.times)
      // What is at hand is looked up; decoding follows the one row only.
      if let first = slots.first, isAtHand(index, first) {
        walk(index, slots) { slot, column in
          buffer.add(block.times[slot], column.cell(row))
        }
      } else {
        block.follow(row, slots) { slot, cell in buffer.add(block.times[slot], cell) }
      }
      guard block.irregular.contains(row) else { continue }
      for extra in block.extras where extra.row == Int32(row) && window.contains(extra.time) {
        buffer.insert(extra, from: start)
      }
    }
  }

  private func isAtHand(_ index: Int, _ slot: Int) -> Bool {
    var newer = -slot
    for other in index..<blocks { newer += block(other).times.count }
    return newer <= recent.count
  }

  /// The same for many rows, each into the buffer at its place: a block is decoded once, and its
  /// extra samples are looked through once.
  func read(_ asked: [Asked], in window: Window, into buffers: inout [SampleBuffer]) {
    var places: [Int32] = []
    for index in blocks(in: window) {
      let block = block(index)
      let slots = window.slots(block.times)
      var columns: [Column] = []
      walk(index, slots) { _, column in columns.append(column) }
      let times = Array(block.times[slots])
      var starts = [Int](repeating: 0, count: buffers.count)
      for one in asked {
        starts[one.place] = buffers[one.place].count
        buffers[one.place].add(times, columns, row: one.row)
      }
      for extra in block.extras where window.contains(extra.time) {
        if places.isEmpty { places = placesByRow(asked) }
        guard let place = Self.place(extra.row, places) else { continue }
        buffers[place].insert(extra, from: starts[place])
      }
    }
  }
}

extension Block {
  /// The cells of one row in slots of the block.
  fileprivate func follow(_ row: Int, _ slots: Range<Int>, _ visit: (Int, UInt64) -> Void) {
    var cell = Cell.absent
    for index in 0..<slots.upperBound where !slots.isEmpty {
      let (bytes, range) = slot(index)
      var decoder = SlotDecoder(bytes, range, rows: rows)
      while decoder.advance(), decoder.row <= row {
        if decoder.row == row { cell = decoder.token.cell(after: cell) ?? Cell.absent }
      }
      if index >= slots.lowerBound { visit(index, cell) }
    }
  }
}

extension SampleBuffer {
  fileprivate mutating func add(_ time: Int64, _ cell: UInt64) {
    if cell != Cell.absent { append(time: time, value: Double(bitPattern: cell)) }
  }

  fileprivate mutating func add(_ instants: [Int64], _ columns: [Column], row: Int) {
    times.reserveCapacity(times.count + instants.count)
    values.reserveCapacity(values.count + instants.count)
    for (time, column) in zip(instants, columns) { add(time, column.cell(row)) }
  }

  /// Puts an extra sample in its place in time among those from `start` on.
  fileprivate mutating func insert(_ extra: Block.Extra, from start: Int) {
    var place = count
    while place > start, times[place - 1] > extra.time { place -= 1 }
    times.insert(extra.time, at: place)
    values.insert(Double(bitPattern: extra.bits), at: place)
  }
}
