import NIOCore
import Synchronization

/// Bytes of all pages and answers that somebody still holds.
final class PageLedger: Sendable {
  private let bytes = Atomic(0)
  private let most: Int

  init(most: Int) { self.most = most }

  /// Throws when too many answers are still being sent.
  func checkRoom() throws(Problem) {
    guard bytes.load(ordering: .relaxed) <= most else { throw .busy }
  }

  fileprivate func add(_ count: Int) { bytes.add(count, ordering: .relaxed) }
  fileprivate func subtract(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
}

/// A page that is ready to be sent, shared by everybody who asked while it was waited for.
final class RenderedPage: Sendable {
  let blocks: [ByteBuffer]
  let count: Int
  private let ledger: PageLedger

  init(blocks: [ByteBuffer], ledger: PageLedger) {
    self.blocks = blocks
    self.ledger = ledger
    count = blocks.reduce(0) { $0 + $1.readableBytes }
    ledger.add(count)
  }

  deinit { ledger.subtract(count) }
}
