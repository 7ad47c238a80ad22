import PostgresLink
import Testing

@Test func libpqSaysItsVersion() {
  #expect(PostgresVersion.libpq.hasPrefix("1"))
}
