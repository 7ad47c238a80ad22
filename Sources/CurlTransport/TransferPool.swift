/// The instant at which the loop must look at its transfers again, shared with libcurl's callbacks.
final class Agenda {
  var next = Int64.max
}

/// The transfers of one loop: those under way, and some that wait for the next order.
struct TransferPool<Item: Transfer> {
  private(set) var running: [Item] = []
  private var spare: [Item] = []
  private let spareMax: Int

  /// The transfers are looked through for late ones at most this often.
  private static var lookInterval: Int64 { 5_000_000 }

  init(spareMax: Int) { self.spareMax = spareMax }

  /// Puts an idle one, or a new one, among those under way.
  mutating func begin(orNew make: () -> Item?) -> Item? {
    guard let item = spare.popLast() ?? make() else { return nil }
    item.index = running.count
    running.append(item)
    return item
  }

  /// Takes one out of the running; it waits for the next order, or goes.
  mutating func end(_ item: Item) {
    if let last = running.popLast(), last !== item {
      running[item.index] = last
      last.index = item.index
    }
    if spare.count < spareMax { spare.append(item) }
  }

  /// Those that must be cut by now.
  func late(at now: Int64) -> [Item] { running.filter { $0.dueAt <= now } }

  /// When the next one must be cut, a little later if that is at once.
  func nextLook(after now: Int64) -> Int64 {
    let next = running.reduce(Int64.max) { min($0, $1.dueAt) }
    return next == .max ? .max : max(next, now + Self.lookInterval)
  }
}
