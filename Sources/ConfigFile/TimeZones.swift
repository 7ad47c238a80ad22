package import Signals
import Synchronization

/// The system's time zone database.
package enum TimeZones {
  private static let directory = "/usr/share/zoneinfo/"
  private static let sizeLimit = 1 << 20
  private static let nameLimit = 100
  private static let known = Mutex<[String: TimeZoneRules]>([:])

  /// The rules of a place's clocks by its name, such as `Europe/Berlin`, `UTC` or `Local`, the
  /// clocks of this machine; `nil` when there is none of that name.
  ///
  /// Reads a file the first time, and not again: the database changes a few times a year, and a
  /// restart takes that over.
  package static func rules(named name: String) -> TimeZoneRules? {
    if name == TimeZoneRules.utc.name || name.isEmpty { return .utc }
    if let rules = known.withLock({ $0[name] }) { return rules }
    guard let path = path(of: name),
      let bytes = try? BoundedFile.bytes(at: path, limit: sizeLimit, mustBeFile: true),
      let rules = TimeZoneFile.rules(bytes, name: name)
    else { return nil }
    known.withLock { $0[name] = rules }
    return rules
  }

  private static func path(of name: String) -> String? {
    if name == "Local" { return "/etc/localtime" }
    let isName =
      name.utf8.count <= nameLimit
      && name.utf8.allSatisfy { $0.isLetterOrDigit || "/_+-".utf8.contains($0) }
      && !name.hasPrefix("/")
    return isName ? directory + name : nil
  }
}
