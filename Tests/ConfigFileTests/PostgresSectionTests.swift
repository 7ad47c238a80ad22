import Agent
import ConfigFile
import Foundation
import Signals
import Testing

struct PostgresSectionTests {
  private func postgres(_ text: String) throws -> PostgresSettings? {
    try check("postgres: \(text)", directory: Fixtures.directory.path()).get().settings.postgres
  }

  @Test(arguments: ["", "{}", "null"])
  func anEmptySectionTurnsItOn(text: String) throws {
    #expect(try postgres(text) == PostgresSettings())
    #expect(try check("mcps: []").get().settings.postgres == nil)
    let settings = PostgresSettings()
    #expect(settings.url == nil)
    #expect(settings.schema == "omni2")
    #expect(settings.registry)
    #expect(settings.log == .all)
  }

  @Test func theAddressMayBeInAFile() throws {
    #expect(
      try postgres("{url_file: secrets/postgres}")?.url
        == Secret("postgres://omni:from-a-file@127.0.0.1:5435/omni"))
  }

  @Test(arguments: [
    "postgres://", "postgresql:///omni", "postgres://db", "postgres://u@", "postgres://u:p%40@db/x",
    "postgres://u:@:5432/x",
    "postgres://db:5432,db2:5433,[fe80::1]/x?target_session_attrs=read-write",
    "postgres://%2Fvar%2Frun%2Fpostgresql/omni", "postgresql:///omni?host=/run/a&port=5433",
    "postgres://db/omni?", "postgres://db/omni?sslmode=require&sslrootcert=/etc/ca.pem",
    "postgres://db/a/b",
  ])
  func usableAddresses(url: String) throws {
    #expect(try postgres("{url: '\(url)'}")?.url == Secret(url))
  }

  @Test(arguments: [
    ("db", "must begin with postgres:// or postgresql://"),
    ("mysql://hunter2@db", "must begin with postgres:// or postgresql://"),
    ("host=db password=hunter2", "must begin with postgres:// or postgresql://"),
    ("postgres://u:hunter2 @db", "has a character that must be percent-encoded"),
    ("postgres://u:hunter2%@db", "has a % that begins no percent-encoded character"),
    ("postgres://u:hunter2%zz@db", "has a % that begins no percent-encoded character"),
    ("postgres://u:hunter2%00@db", "has a % that begins no percent-encoded character"),
    (
      "postgres://u:hunter@2@db",
      "has an @ too many; in a user name, a password or a database it is written %40"
    ),
    (
      "postgres://u:hunter2/@db/omni", "the port must be a number from 1 to 65535"
    ),
    (
      "postgres://u/hunter2@db/omni",
      "has an @ too many; in a user name, a password or a database it is written %40"
    ),
    ("postgres://u@db:x,db2/omni", "the port must be a number from 1 to 65535"),
    ("postgres://u@db:0", "the port must be a number from 1 to 65535"),
    ("postgres://u@:99999", "the port must be a number from 1 to 65535"),
    ("postgres://d(b", "has a character that no host name has"),
    ("postgres://db?hunter2", "has a parameter without ="),
    ("postgres://db?a=b&&c=d", "has a parameter that libpq does not know"),
    (
      "postgres://db?sslmod=require",
      "has a parameter that libpq does not know; did you mean sslmode?"
    ),
    ("postgres://db?hunter2=x", "has a parameter that libpq does not know"),
    (
      "postgres://db?sslmode=full",
      "sslmode: expected disable or allow or prefer or require or verify-ca or verify-full"
    ),
    (
      "postgres://db?target_session_attrs=rw",
      "target_session_attrs: expected read-write or primary"
    ),
  ])
  func anAddressThatCannotBeIsNotQuoted(url: String, reason: String) {
    #expect(
      problems(in: "postgres: {url: '\(url)'}") == ["test.yml:1:17: postgres.url: \(reason)"])
  }

  @Test(arguments: ["omni2", "_", "Health", "a_1", String(repeating: "a", count: 63)])
  func usableSchemas(name: String) throws {
    #expect(try postgres("{schema: \(name)}")?.schema == name)
  }

  @Test(arguments: [
    ("2a", "expected letters, digits and underscores, and no digit at the beginning"),
    ("a-b", "expected letters, digits and underscores, and no digit at the beginning"),
    ("é", "expected letters, digits and underscores, and no digit at the beginning"),
    ("'a\"b'", "expected letters, digits and underscores, and no digit at the beginning"),
    ("''", "must not be empty"), ("PG_a", "names that begin with pg_ are PostgreSQL's own"),
    (String(repeating: "a", count: 64), "longer than 63 characters"),
  ])
  func aSchemaIsAWord(name: String, reason: String) {
    #expect(
      problems(in: "postgres: {schema: \(name)}") == ["test.yml:1:20: postgres.schema: \(reason)"])
  }
}
