import CLibpq

/// The libpq in use.
package enum PostgresVersion {
  /// `15.18`.
  package static var libpq: String {
    let number = PQlibVersion()
    return "\(number / 10_000).\(number % 10_000)"
  }
}
