import CLinux
import Synchronization

/// Named places at which a drill lets the process end at once, as SIGKILL would end it.
///
/// A pass costs one relaxed load of an atomic while none is armed, which is always outside drills.
package enum CrashPoint: String, CaseIterable, Sendable {
  /// The journal has been read and has counted this start; nobody works with it yet.
  case restored
  /// The coordinator has decided; nothing of it is performed.
  case turnStepped = "turn_stepped"
  /// The coordinator's effects are handed over; nothing of them is published.
  case turnPerformed = "turn_performed"
  /// A coordinator has begun, the first or a successor.
  case successorStarted = "successor_started"
  /// Rows are written, of whatever kind; their transaction is still open.
  case transactionOpen = "transaction_open"
  /// The coordinator's batches are about to be committed.
  case batchesWaiting = "batches_waiting"
  /// They are committed; nobody knows.
  case batchesCommitted = "batches_committed"
  /// Alerts and messages are committed; nobody knows.
  case alertingCommitted = "alerting_committed"
  /// Samples are committed.
  case samplesCommitted = "samples_committed"
  /// The rule engine has decided; nothing of it is handed over.
  case rulesEvaluated = "rules_evaluated"
  /// Messages that are committed are with the notifier.
  case ordersHanded = "orders_handed"
  /// A receiver has answered; that is neither told nor committed.
  case deliveryEnded = "delivery_ended"

  /// Its pass that ends the process, at most, when a seed draws it.
  private var latest: UInt64 {
    switch self {
    case .restored, .successorStarted, .alertingCommitted, .ordersHanded, .deliveryEnded: 1
    case .turnStepped, .turnPerformed: 40
    case .transactionOpen, .rulesEvaluated: 8
    case .batchesWaiting, .batchesCommitted, .samplesCommitted: 3
    }
  }

  /// Ends the process with status 137 if a drill wants it to end here and now: no destructor, no
  /// buffer flushed, no other thread asked.
  package func pass() {
    let armed = Self.armed.load(ordering: .relaxed)
    guard armed != 0 else { return }
    if armed == place, Self.left.subtract(1, ordering: .relaxed).newValue == 0 {
      unsafe clinux_die("crash point \(rawValue)\n", 137)
    }
  }

  /// Arms one, once: `NAME:N` ends the process at the N-th pass over that point, `random:SEED` at a
  /// pass and a point that the seed draws. False when the text is neither.
  package static func arm(_ text: String) -> Bool {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let number = UInt64(parts[1]) else { return false }
    if parts[0] == "random" {
      let point = allCases[Int(mixed(number) % UInt64(allCases.count))]
      point.arm(pass: 1 + mixed(number &+ 1) % point.latest)
      return true
    }
    guard let point = CrashPoint(rawValue: String(parts[0])), number > 0 else { return false }
    point.arm(pass: number)
    return true
  }

  private func arm(pass: UInt64) {
    Self.left.store(pass, ordering: .relaxed)
    Self.armed.store(place, ordering: .relaxed)
  }

  /// From 1, in the order of `allCases`.
  private var place: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }

  /// The `place` of the point that is armed; 0: none.
  private static let armed = Atomic(0)
  private static let left = Atomic<UInt64>(0)

  /// SplitMix64's: neighbours have nothing in common.
  private static func mixed(_ seed: UInt64) -> UInt64 {
    var mixed = (seed &+ 1) &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
