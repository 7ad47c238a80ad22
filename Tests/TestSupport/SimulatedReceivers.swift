package import Notifications

/// What the receivers have got, and what they believe of it.
package struct SimulatedReceivers {
  package struct Arrival {
    package var count = 0
    /// Tries that may have arrived without the agent's knowing, and restarts: each allows one more.
    package var excuses = 0
  }

  /// By key.
  package private(set) var arrivals: [String: Arrival] = [:]
  /// Which alerts a destination takes for firing, from each message once, as it first came.
  package private(set) var firing: [Destination: Set<UInt64>] = [:]
  /// The same when no message is recognized as one that came before.
  package private(set) var naive: [Destination: Set<UInt64>] = [:]
  /// By lane: the sequence of the newest message that has arrived.
  private var newest: [Lane: Int] = [:]
  package private(set) var troubles: [String] = []

  package init() {}

  package mutating func arrive(_ message: NotificationMessage, sequence: Int) {
    let destination = message.lane.destination
    Self.believe(message.told, &naive[destination, default: []])
    arrivals[message.key, default: Arrival()].count += 1
    let arrival = arrivals[message.key] ?? Arrival()
    if arrival.count > 1 + arrival.excuses {
      troubles.append("\(message.key) has come \(arrival.count) times")
    }
    guard arrival.count == 1 else { return }
    Self.believe(message.told, &firing[destination, default: []])
    if let before = newest[message.lane], before > sequence {
      troubles.append("\(message.key) of \(message.lane) came after a newer one")
    }
    newest[message.lane] = sequence
  }

  package mutating func excuse(_ key: String) { arrivals[key, default: Arrival()].excuses += 1 }

  private static func believe(_ told: Told, _ firing: inout Set<UInt64>) {
    firing.formUnion(told.firing.map(\.fingerprint))
    firing.subtract(told.resolved.map(\.fingerprint))
  }
}
