import HeapModule
package import Signals

/// Happenings in order of time, and of insertion at the same instant.
package struct EventQueue<Happening> {
  /// Small, since a heap moves its entries about; what happens lies in `happenings`.
  private struct Entry: Comparable {
    let at: MonotonicInstant
    let order: Int

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.at, lhs.order) < (rhs.at, rhs.order) }
  }

  private var heap = Heap<Entry>()
  private var happenings: [Int: Happening] = [:]
  private var inserted = 0

  package init() {}

  /// When the next happening is due.
  package var first: MonotonicInstant? { heap.min?.at }

  package mutating func insert(_ happening: Happening, at instant: MonotonicInstant) {
    inserted += 1
    happenings[inserted] = happening
    heap.insert(Entry(at: instant, order: inserted))
  }

  /// The next happening; `nil` for an instant whose happening was removed. Must not be empty.
  package mutating func removeFirst() -> (MonotonicInstant, Happening?) {
    let entry = heap.removeMin()
    return (entry.at, happenings.removeValue(forKey: entry.order))
  }

  package mutating func removeAll(where shouldGo: (Happening) -> Bool) {
    happenings = happenings.filter { !shouldGo($0.value) }
  }
}
