/// What there is of the schema now, as the server's catalogue tells it.
package struct Catalogue: Equatable, Sendable {
  package struct Column: Equatable, Sendable {
    package var typeOID: UInt32
    /// For people: `character varying(20)`.
    package var typeName: String
    /// Characters that fit.
    package var limit: Int?
    package var isNotNull = false
    /// Gets a value by itself: a default or an identity.
    package var hasDefault = false
    /// Computed from others, or an identity that takes no value of ours.
    package var isComputed = false
  }

  /// Valid, whole and of plain columns.
  package struct Index: Equatable, Sendable {
    package var columns: [String]
    package var isUnique: Bool
  }

  package struct Relation: Equatable, Sendable {
    /// `pg_class.relkind`.
    package var kind: String
    package var columns: [String: Column] = [:]
    package var indexes: [Index] = []
    package var triggers: Set<String> = []

    /// What kind of thing that is, for people.
    package var kindName: String {
      switch kind {
      case "r": "a table"
      case "v": "a view"
      case "m": "a materialized view"
      case "f": "a foreign table"
      case "p": "a partitioned table"
      case "i", "I": "an index"
      case "S": "a sequence"
      default: "of an unknown kind"
      }
    }
  }

  /// 150018 is 15.18.
  package var serverVersion: Int
  package var hasSchema = false
  package var hasFunction = false
  /// Tables and indexes of the names that a complete schema has.
  package var relations: [String: Relation] = [:]
  /// Those in `breakwater_schema`.
  package var versions: Set<Int> = []

  package init(serverVersion: Int) { self.serverVersion = serverVersion }
}
