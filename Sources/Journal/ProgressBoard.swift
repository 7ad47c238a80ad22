package import Agent
package import Signals
import Synchronization

package final class ProgressBoard: Sendable {
  package enum Slot: CaseIterable, Sendable { case coordinator, prober, ruleEngine }
  private let items = Mutex<[Slot: WorkItem]>([:])
  package init() {}
  package func take(_ slot: Slot, _ item: WorkItem) { items.withLock { $0[slot] = item } }
  package func clear(_ slot: Slot) { items.withLock { $0[slot] = nil } }
  package func beat(at: Timestamp) {}
  package var inHand: [WorkItem] { items.withLock { Array($0.values) } }
}
