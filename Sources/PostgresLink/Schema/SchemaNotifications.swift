/// How the tables tell of changes: one function, and a trigger a statement on each table that is
/// read. The health columns are not among those that tell, so that the writer hears nothing of its
/// own work.
enum SchemaNotifications {
  static let function = "breakwater_notify"
  static let trigger = "breakwater_changed"

  /// Postgres refuses a longer name of a channel, and with it the change that was to be told.
  private static let longestChannel = 63

  static func channel(schema: String) -> String {
    String("breakwater_\(schema)".prefix(longestChannel))
  }

  static func createFunction(in schema: QuotedName) -> String {
    """
    CREATE FUNCTION \(schema.table(function))() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      PERFORM pg_notify(left('breakwater_' || TG_TABLE_SCHEMA, \(longestChannel)), TG_TABLE_NAME);
      RETURN NULL;
    END
    $body$
    """
  }

  /// Fires for `columns` only, named or changed or not; for all when there are none.
  static func createTrigger(on table: String, columns: [String], in schema: QuotedName) -> String {
    let list = columns.map(QuotedName.quoting).joined(separator: ", ")
    let update = columns.isEmpty ? "UPDATE" : "UPDATE OF \(list)"
    return """
      CREATE TRIGGER \(QuotedName.quoting(trigger))
      AFTER INSERT OR DELETE OR TRUNCATE OR \(update) ON \(schema.table(table))
      FOR EACH STATEMENT EXECUTE FUNCTION \(schema.table(function))()
      """
  }
}
