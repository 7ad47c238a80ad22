import Agent
import Breaking
import MCPWire

/// The names of members as bytes, by the numbers that they have in the feed.
enum RawNames {
  static let types = names(HealthEventType.self)
  static let health = names(HealthStatus.self)
  static let outcomes = names(ProbeOutcome.self)
  static let circuits = names(Breaker.StateName.self)

  private static func names<Member: FeedCoded & RawRepresentable<String>>(
    _: Member.Type
  ) -> [[UInt8]] {
    var names = [[UInt8]](repeating: [], count: 64)
    for member in Member.allCases { names[Int(member.feedCode)] = Array(member.rawValue.utf8) }
    return names
  }
}
