/// The k best of the elements it is shown, the worst of them on top: the heap of Prometheus (Go's),
/// move by move, since its shape decides which of two equal elements has to go.
struct RankHeap {
  private let isTop: Bool
  private let limit: Int
  private var elements: [(row: Int, value: Double)] = []

  /// With `isTop` large values are good (`topk`), else small ones.
  init(isTop: Bool, limit: Int) {
    self.isTop = isTop
    self.limit = limit
  }

  mutating func show(_ row: Int, _ value: Double) {
    guard limit > 0 else { return }
    if elements.count < limit {
      elements.append((row, value))
      siftUp()
    } else {
      let worst = elements[0].value
      let isBetter = isTop ? worst < value : worst > value
      guard isBetter || (worst.isNaN && !value.isNaN) else { return }
      elements[0] = (row, value)
      siftDown()
    }
  }

  /// The rows, the best first; of equals, those nearer to the top of the heap.
  var ranked: [Int] {
    elements.indices.sorted { left, right in
      if isWorse(right, left) != isWorse(left, right) { return isWorse(right, left) }
      return left < right
    }.map { elements[$0].row }
  }

  /// NaN is worse than everything, itself included.
  private func isWorse(_ left: Int, _ right: Int) -> Bool {
    let (a, b) = (elements[left].value, elements[right].value)
    return a.isNaN || (isTop ? a < b : a > b)
  }

  private mutating func siftUp() {
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isWorse(child, parent) else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while 2 * parent + 1 < elements.count {
      var child = 2 * parent + 1
      if child + 1 < elements.count, isWorse(child + 1, child) { child += 1 }
      guard isWorse(child, parent) else { return }
      elements.swapAt(child, parent)
      parent = child
    }
  }
}
