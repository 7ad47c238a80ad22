import Agent
import PostgresLink
import Signals
import Testing

@Test func anOldServerIsRefused() {
  let refusal = failure { () throws(LinkError) in
    _ = try SchemaPlan(Catalogue(serverVersion: 11_22_00), schema: "omni2")
  }
  #expect(refusal?.reason == .foreignSchema)
  #expect(refusal?.detail == "PostgreSQL 11 is too old: Breakwater needs 12 or newer")
}

@Test func aSchemaFromTheFutureIsRefused() {
  var catalogue = Catalogue(serverVersion: 15_00_18)
  catalogue.versions = [1, 7]
  let refusal = failure { () throws(LinkError) in
    _ = try SchemaPlan(catalogue, schema: "omni2")
  }
  #expect(refusal?.reason == .newerSchema)
  #expect(
    refusal?.detail == "schema omni2 is at version 7, this program knows 1: upgrade breakwater; "
      + "alerting goes on")
}

@Test func anEmptyDatabaseGetsEverything() throws {
  let plan = try SchemaPlan(Catalogue(serverVersion: 12_00_00), schema: "Odd_Name")
  #expect(plan.statements.first == #"CREATE SCHEMA "Odd_Name""#)
  #expect(plan.statements.count { $0.hasPrefix("CREATE TABLE \"Odd_Name\".\"") } == 8)
  #expect(plan.statements.last?.hasPrefix(#"INSERT INTO "Odd_Name"."breakwater_schema""#) == true)
  #expect(plan.attached.servers.name == ColumnForm(.varchar, limit: 100))
  #expect(plan.attached.servers.lastRecoveryAttempt == ColumnForm(.timestamp))
  #expect(plan.attached.log.eventID == ColumnForm(.text))
  #expect(plan.attached.channel == "breakwater_Odd_Name")
}

@Test func theChannelOfALongNameIsCut() throws {
  let name = String(repeating: "s", count: 63)
  let plan = try SchemaPlan(Catalogue(serverVersion: 15_00_00), schema: name)
  #expect(plan.attached.channel.utf8.count == 63)
}

@Test(arguments: [
  ("plain", #""plain""#), ("Upper", #""Upper""#), (#"a"b"#, #""a""b""#), ("a\0b", #""ab""#),
])
func aNameIsQuoted(name: String, quoted: String) {
  #expect(QuotedName.quoting(name) == quoted)
}

@Test func textIsCutToWhatFits() {
  let form = ColumnForm(.varchar, limit: 4)
  #expect(form.fitting("four") == "four")
  #expect(form.fitting("äöüßé") == "äöüß")
  #expect(form.fitting("a\0b") == "ab")
  // Two scalars each, as Postgres counts.
  #expect(form.fitting("🇩🇪🇫🇷🇪🇸") == "🇩🇪🇫🇷")
  #expect(ColumnForm(.text).fitting("as long as it likes") == "as long as it likes")
}

@Test(
  arguments: [
    (.min, -211_813_488_000_000_000), (.max, 9_223_371_331_199_000_000),
    (946_684_800_001, 1000), (0, -946_684_800_000_000),
  ] as [(Int64, Int64)])
func aTimeIsWithinWhatPostgresTakes(milliseconds: Int64, microseconds: Int64) {
  var parameters = Parameters()
  parameters.append(Timestamp(milliseconds: milliseconds), for: ColumnForm(.timestamptz))
  let bits = parameters.bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  #expect(Int64(bitPattern: bits) == microseconds)
}
