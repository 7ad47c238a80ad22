import HeapModule
import PromQL
import Signals

/// When something is to be looked at. What is due by then is decided by looking: an entry that has
/// been overtaken does no harm.
struct Agenda: Sendable {
  enum Item: Sendable {
    /// The group may be due.
    case flush(GroupID)
    /// The lane's first message may be due, expired, or its report lost.
    case lane(Lane)
    /// Alerts of the lane that were told of and are not heard of any more have ended.
    case adopt(Lane)
    case adoptAll
    case sweep
    /// The destination may have failed for long.
    case failing(Destination)
    /// A destination may be sent something again.
    case orders
  }

  private struct Entry: Comparable, Sendable {
    let at: MonotonicInstant
    let order: UInt64
    let item: Item

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.at, lhs.order) < (rhs.at, rhs.order) }
    static func == (lhs: Self, rhs: Self) -> Bool { lhs.order == rhs.order }
  }

  private var heap = Heap<Entry>()
  private var inserted: UInt64 = 0

  var next: MonotonicInstant? { heap.min?.at }

  mutating func insert(_ item: Item, at instant: MonotonicInstant) {
    inserted += 1
    heap.insert(Entry(at: instant, order: inserted, item: item))
  }

  /// The next item that is due; `nil` when none is.
  mutating func popDue(at now: MonotonicInstant) -> Item? {
    guard let first = heap.min, first.at <= now else { return nil }
    return heap.popMin()?.item
  }
}
