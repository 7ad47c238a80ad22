import Agent
import Breaking
import MCPWire
import Signals

// What the page says: every word that a person reads about a server's state.

extension HealthStatus {
  /// The text of the badge.
  var words: String {
    switch self {
    case .healthy: "healthy"
    case .disconnected: "disconnected"
    case .circuitOpen: "circuit open"
    case .disabled: "disabled"
    case .unknown: "unknown"
    }
  }
}

extension Breaker.StateName {
  var words: String {
    switch self {
    case .closed: "closed"
    case .open: "open"
    case .halfOpen: "half-open"
    }
  }
}

extension MCPStatus {
  /// What stands in the place of the counts; `nil`: the counts do.
  var insteadOfCounts: String? {
    switch health {
    case .disabled: "Disabled"
    case .circuitOpen: "Circuit Open"
    case .disconnected: "Disconnected"
    case .healthy where catalogue != nil: nil
    // A server that only says who may enter is never listed.
    case .healthy: authRequired == true ? "Unavailable" : "Loading..."
    case .unknown: verdict == .neutral ? "Unavailable" : "Loading..."
    }
  }
}

extension CatalogueCounts {
  /// Named counts, as far as the server has such lists.
  var words: String {
    [(tools, "tools"), (prompts, "prompts"), (resources, "resources")]
      .compactMap { count, noun in count.map { "\($0) \(noun)" } }
      .joined(separator: ", ")
  }
}

extension Duration {
  /// A rough length for a person: `340 ms`, `12 s`, `5 min`, `3 h`, `2 d`.
  var rough: String {
    let milliseconds = max(wholeMilliseconds, 0)
    return switch milliseconds {
    case ..<1000: "\(milliseconds) ms"
    case ..<120_000: "\(milliseconds / 1000) s"
    case ..<7_200_000: "\(milliseconds / 60_000) min"
    case ..<172_800_000: "\(milliseconds / 3_600_000) h"
    default: "\(milliseconds / 86_400_000) d"
    }
  }
}
