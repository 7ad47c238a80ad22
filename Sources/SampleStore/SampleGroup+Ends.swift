import PromQL

extension SampleGroup {
  /// What a counter's window comes to, for each row at its place.
  ///
  /// A row that has a sample in every slot needs the columns at both ends of the window and the
  /// resets between them. The others are read whole.
  func ends(_ asked: [Asked], in window: Window, into ends: inout [WindowEnds]) {
    let touched = blocks(in: window)
    var regular: [Asked] = []
    var others: [Asked] = []
    let blocks = touched.map(block)
    for one in asked {
      if blocks.allSatisfy({ $0.isRegular(one.row) }) {
        regular.append(one)
      } else {
        others.append(one)
      }
    }
    if !regular.isEmpty { endsOfRegular(regular, touched, window, &ends) }
    if !others.isEmpty {
      var buffers = [SampleBuffer](repeating: SampleBuffer(), count: others.count)
      let renumbered = others.enumerated().map { Asked(place: $0.offset, row: $0.element.row) }
      read(renumbered, in: window, into: &buffers)
      for (number, one) in others.enumerated() { ends[one.place] = WindowEnds(of: buffers[number]) }
    }
  }

  private func endsOfRegular(
    _ asked: [Asked], _ touched: Range<Int>, _ window: Window, _ ends: inout [WindowEnds]
  ) {
    let slots = touched.map { (index: $0, slots: window.slots(block($0).times)) }
      .filter { !$0.slots.isEmpty }
    guard let first = slots.first, let last = slots.last else { return }
    let count = slots.reduce(0) { $0 + $1.slots.count }
    let firstSlot = first.slots.lowerBound
    walk(first.index, firstSlot..<(firstSlot + 1)) { slot, column in
      let time = block(first.index).times[slot]
      for one in asked {
        ends[one.place].count = count
        ends[one.place].firstTime = time
        ends[one.place].first = Double(bitPattern: column.cell(one.row))
      }
    }
    walk(last.index, (last.slots.upperBound - 1)..<last.slots.upperBound) { slot, column in
      let time = block(last.index).times[slot]
      for one in asked {
        ends[one.place].lastTime = time
        ends[one.place].last = Double(bitPattern: column.cell(one.row))
      }
    }
    var places: [Int32] = []
    for (index, slots) in slots {
      for reset in block(index).resets where slots.contains(Int(reset.slot)) {
        // A decrease to the first sample happened before the window.
        if index == first.index, reset.slot == firstSlot { continue }
        if places.isEmpty { places = placesByRow(asked) }
        if let place = Self.place(reset.row, places) { ends[place].lost += reset.before }
      }
    }
  }
}

extension WindowEnds {
  /// By looking at every sample.
  init(of samples: SampleBuffer) {
    self.init()
    for (time, value) in zip(samples.times, samples.values) where !value.isStaleMarker {
      if count == 0 {
        firstTime = time
        first = value
      } else if value < last {
        lost += last
      }
      count += 1
      lastTime = time
      last = value
    }
  }
}
