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
  /// By alert: the sequence of the newest message that has told of it.
  private var newest: [Destination: [UInt64: Int]] = [:]
  private var unordered: Set<String> = []
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
    guard !unordered.contains(message.key) else { return }
    for alert in message.told.firing + message.told.resolved {
      if let before = newest[destination]?[alert.fingerprint], before > sequence {
        troubles.append("\(message.key) came after a newer one that tells of \(alert.labels)")
      }
      newest[destination, default: [:]][alert.fingerprint] = sequence
    }
  }

  /// The journal refused to know that it had ended: it may come again after a newer one.
  package mutating func excuseOrder(_ key: String) { unordered.insert(key) }

  package mutating func excuse(_ key: String) { arrivals[key, default: Arrival()].excuses += 1 }

  private static func believe(_ told: Told, _ firing: inout Set<UInt64>) {
    firing.formUnion(told.firing.map(\.fingerprint))
    firing.subtract(told.resolved.map(\.fingerprint))
  }
}
