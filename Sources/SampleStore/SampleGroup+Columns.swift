import PromQL

extension SampleGroup {
  /// Visits the samples within the window, of each row in ascending time: slot by slot, with the
  /// extra samples where they belong.
  func forEachColumn(
    _ asked: [Asked], in window: Window,
    _ visit: (_ places: Span<Int>, _ values: Span<Double>) -> Void
  ) {
    let places = asked.map(\.place)
    var values = [Double](repeating: StaleMarker.value, count: asked.count)
    var placesByRow: [Int32] = []
    for index in blocks(in: window) {
      let block = block(index)
      let extras = block.extras.filter { window.contains($0.time) }
      if !extras.isEmpty, placesByRow.isEmpty { placesByRow = self.placesByRow(asked) }
      var next = 0
      func visitExtras(before time: Int64) {
        while next < extras.count, extras[next].time < time {
          if let place = Self.place(extras[next].row, placesByRow) {
            visit([place].span, [Double(bitPattern: extras[next].bits)].span)
          }
          next += 1
        }
      }
      walk(index, window.slots(block.times)) { slot, column in
        visitExtras(before: block.times[slot])
        for (number, one) in asked.enumerated() {
          let cell = column.cell(one.row)
          values[number] = Double(bitPattern: cell == Cell.absent ? Cell.stale : cell)
        }
        visit(places.span, values.span)
      }
      visitExtras(before: .max)
    }
  }
}
