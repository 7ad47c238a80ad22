import CBuildInfo
import CurlTransport
import Journal
import PostgresLink

/// What this program is and what it was built with.
enum Version {
  static let number = "0.1.0"

  static var revision: String { unsafe String(cString: cbuildinfo_revision()) }

  static var long: String {
    """
    breakwater \(number) (revision \(revision))
      Swift:   \(Self.swift)
      libcurl: \(CurlVersion.text)
      libpq:   \(PostgresVersion.libpq)
      SQLite:  \(EventJournal.sqliteVersion)
    """
  }

  private static var swift: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
