import CurlTransport

/// How the descriptors that the process may have are shared out, so that no part takes another's
/// last one.
package struct DescriptorBudget: Equatable, Sendable {
  /// Probes in flight at once; one takes two descriptors while its server's name is looked up.
  package let probes: Int
  /// Connections to MCPs that are kept between probes.
  package let idleConnections: Int
  /// Connections of the web server.
  package let web: Int
  /// Connections to receivers, those that are kept included.
  package let deliveries: Int

  /// What is opened after the journal: prober and notifier (a bell, an epoll and libcurl's pair
  /// each), the web server's loop and listener, a timer; and four for files that are read and
  /// closed. The last of them must be there: libdispatch ends a process that cannot read /proc.
  package static let later = 17
  /// A connection, its two bells and that of a look-up.
  package static let postgres = 4
  /// A web connection and one that is refused, a probe that looks a name up, two deliveries.
  package static let least = 6

  /// `open`: what the process has open before `later`. `nil` when too few are left.
  package init?(limit: Int64, open: Int, usesPostgres: Bool) {
    let taken = open + Self.later + (usesPostgres ? Self.postgres : 0)
    let left = Int(clamping: limit) - taken
    guard left >= Self.least else { return nil }
    web = min(256, max(1, left / 8))
    deliveries = min(64, max(2, left / 8))
    let rest = left - web - 1 - deliveries
    probes = min(16_384, max(1, rest / 4))
    idleConnections = max(1, rest - 2 * probes)
  }

  /// The limit that would have been enough for one of each.
  package static func needed(open: Int, usesPostgres: Bool) -> Int {
    open + later + (usesPostgres ? postgres : 0) + least
  }
}

extension ProberSettings {
  /// Fewer connections than this have one set, since each set costs descriptors of its own.
  private static let fewConnections = 320

  init(clientVersion: String, _ budget: DescriptorBudget) {
    self.init(clientVersion: clientVersion)
    connectionsMax = budget.idleConnections
    heldStreamsMax = min(heldStreamsMax, budget.idleConnections / 2)
    if budget.idleConnections < Self.fewConnections { hostsPerMulti = .max }
  }
}

extension DelivererSettings {
  init(clientVersion: String, _ budget: DescriptorBudget) {
    self.init(clientVersion: clientVersion)
    connectionsMax = budget.deliveries
  }
}
