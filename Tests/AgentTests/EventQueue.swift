import HeapModule
import Signals

/// Happenings in order of time, and of insertion at the same instant.
struct EventQueue<Happening> {
  private struct Entry: Comparable {
    let at: MonotonicInstant
    let order: Int
    let happening: Happening

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.at, lhs.order) < (rhs.at, rhs.order) }
    static func == (lhs: Self, rhs: Self) -> Bool { (lhs.at, lhs.order) == (rhs.at, rhs.order) }
  }

  private var heap = Heap<Entry>()
  private var inserted = 0

  var first: MonotonicInstant? { heap.min?.at }

  mutating func insert(_ happening: Happening, at instant: MonotonicInstant) {
    inserted += 1
    heap.insert(Entry(at: instant, order: inserted, happening: happening))
  }

  /// Must not be empty.
  mutating func removeFirst() -> (MonotonicInstant, Happening) {
    let entry = heap.removeMin()
    return (entry.at, entry.happening)
  }

  mutating func removeAll(where shouldGo: (Happening) -> Bool) {
    heap = Heap(heap.unordered.filter { !shouldGo($0.happening) })
  }
}
