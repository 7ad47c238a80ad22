import Agent
import Signals

/// Makes a schema complete and says what it is like.
package enum SchemaAttachment {
  /// First key of the advisory lock that agents hold while they look at a schema and add to it; the
  /// second is a hash of the schema's name. "BWSC" in ASCII; it never changes.
  package static let lockClass: Int32 = 0x4257_5343

  package struct Result: Equatable, Sendable {
    package var schema: AttachedSchema
    /// What had to be run.
    package var statements: [String]
  }

  /// For another agent that adds to the same schema.
  private static let longestQueue = Duration.seconds(30)
  /// For a table that somebody uses: whoever comes after us waits for it as long as we do. Less
  /// than the second after which Postgres looks for a deadlock and may end the other session.
  private static let longestLock = Duration.milliseconds(500)
  /// For a statement: a unique index over a long log takes its time.
  private static let longestStatement = Duration.seconds(300)
  private static let answerTime = Duration.seconds(10)

  /// One transaction: all that is missing is there after it, or nothing has changed. In a complete
  /// schema nothing is run that needs more than the right to read.
  package static func attach(
    _ connection: Connection, schema: String
  ) throws(LinkError) -> Result {
    do throws(LinkError) {
      try lock(connection, schema: schema)
      let plan = try SchemaPlan(look(connection, schema: schema), schema: schema)
      for statement in plan.statements { try run(statement, connection) }
      _ = try connection.execute(Statement("COMMIT"), within: answerTime)
      return Result(schema: plan.attached, statements: plan.statements)
    } catch {
      connection.rollBack()
      throw error
    }
  }

  /// Begins the transaction, and has the schema for this session alone.
  package static func lock(_ connection: Connection, schema: String) throws(LinkError) {
    var keys = Parameters()
    keys.append(int4: lockClass)
    keys.append(int4: Int32(truncatingIfNeeded: StableHash(of: schema).mixed))
    _ = try connection.pipeline(
      [
        Statement("BEGIN ISOLATION LEVEL READ COMMITTED"),
        // Names of ours mean what Postgres means by them.
        Statement("SET LOCAL search_path = pg_catalog"),
        Statement("SET LOCAL statement_timeout = \(longestStatement.wholeMilliseconds)"),
        Statement("SET LOCAL lock_timeout = \(longestQueue.wholeMilliseconds)"),
        Statement("SELECT pg_advisory_xact_lock($1, $2)", keys),
        Statement("SET LOCAL lock_timeout = \(longestLock.wholeMilliseconds)"),
      ], within: longestQueue + answerTime)
  }

  /// What is there, as the transaction sees it.
  package static func look(
    _ connection: Connection, schema: String
  ) throws(LinkError) -> Catalogue {
    let version = connection.serverVersion
    // Older catalogues lack columns that the questions name.
    guard version >= SchemaPlan.oldestServer else { return Catalogue(serverVersion: version) }
    let answers = try connection.pipeline(
      CatalogueQueries.all(schema: schema), within: answerTime)
    var catalogue = Catalogue(serverVersion: version, answers: answers)
    let versions = catalogue.relations[SchemaVersions.versions.name]
    if versions?.kind == "r", versions?.columns["version"] != nil {
      let table = QuotedName(schema).table(SchemaVersions.versions.name)
      let rows = try connection.execute(
        Statement("SELECT version::int8 FROM \(table) ORDER BY version DESC LIMIT 1000"),
        within: answerTime)
      catalogue.versions = Set((0..<rows.count).compactMap { rows.int64($0, 0).map { Int($0) } })
    }
    return catalogue
  }

  private static func run(_ statement: String, _ connection: Connection) throws(LinkError) {
    do {
      _ = try connection.execute(Statement(statement), within: longestStatement + answerTime)
    } catch {
      guard error.sqlState != nil else { throw error }
      let line = statement.split(separator: "\n").first.map(String.init) ?? statement
      var told = error
      told.detail += ", in: \(line)"
      // Values that are there twice: the index that keeps them apart cannot be.
      if error.sqlState == "23505" { told.reason = .foreignSchema }
      throw told
    }
  }
}
