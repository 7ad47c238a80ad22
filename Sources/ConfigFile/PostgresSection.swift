import Agent
import Signals

extension ConfigFile {
  private static let schemaLengthLimit = 63

  /// `postgres`; without an address the environment (PGHOST, PGDATABASE...) says where it is.
  static func readPostgres(_ section: Section) -> PostgresSettings {
    var postgres = PostgresSettings()
    postgres.url = readPostgresURL(section)
    postgres.schema = readSchema(section) ?? postgres.schema
    postgres.registry = section.flag("registry") ?? postgres.registry
    postgres.log = section.choice("log", PostgresSettings.Log.self) ?? postgres.log
    return postgres
  }

  private static func readPostgresURL(_ section: Section) -> Secret? {
    section["url"]?.takes(.described("libpq's connection URI, a secret"))
    guard let url = section.secret("url") else { return nil }
    guard let reason = PostgresURLCheck.problem(url.exposed) else { return url }
    section.report(reason, at: section.has("url") ? "url" : "url_file")
    return nil
  }

  private static func readSchema(_ section: Section) -> String? {
    guard let value = section["schema"] else { return nil }
    guard let name = value.text(length: 1...schemaLengthLimit) else { return nil }
    let isWord = name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    guard isWord, name.utf8.first?.isDigit == false else {
      value.report("expected letters, digits and underscores, and no digit at the beginning")
      return nil
    }
    guard !name.lowercased().hasPrefix("pg_") else {
      value.report("names that begin with pg_ are PostgreSQL's own")
      return nil
    }
    return name
  }
}
