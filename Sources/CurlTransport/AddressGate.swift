package import Signals
import Synchronization

/// The address policy by which each connection is judged when it is made, on whatever thread.
///
/// A changed policy counts at once: kept connections are then judged again before each request.
package final class AddressGate: Sendable {
  private let current: Mutex<AddressPolicy>
  private let changes = Atomic<UInt64>(0)

  package init(_ policy: AddressPolicy = AddressPolicy()) { current = Mutex(policy) }

  package var policy: AddressPolicy {
    get { current.withLock { $0 } }
    set {
      current.withLock { current in
        if current != newValue { changes.add(1, ordering: .relaxed) }
        current = newValue
      }
    }
  }

  func allows(_ address: IPAddress) -> Bool { policy.allows(address) }

  /// How many policies there were before.
  var generation: UInt64 { changes.load(ordering: .relaxed) }

  /// Whether there may be connections that were made under another policy.
  var hasChanged: Bool { generation > 0 }
}
