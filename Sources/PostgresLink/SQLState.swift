package import Agent

/// What the five characters of an error mean for the link.
package enum SQLState {
  /// The reason of an error that the server reports with `code`.
  package static func reason(of code: String) -> PostgresFailure {
    if let exact = exact[code] { return exact }
    return classes[String(code.prefix(2))] ?? .other
  }

  private static let exact: [String: PostgresFailure] = [
    "08P01": .other,
    "25006": .readOnly,
    "42501": .permission,
    "3D000": .other,
    "3F000": .foreignSchema,
    "42P01": .foreignSchema, "42703": .foreignSchema, "42804": .foreignSchema,
    "42P10": .foreignSchema, "428C9": .foreignSchema,
    "40001": .conflict, "40P01": .conflict, "55P03": .conflict, "55006": .conflict,
    "53100": .full, "53200": .full, "53300": .busy, "53400": .full, "54000": .data,
    "57014": .timeout,
    "25P03": .lost, "57P05": .lost,
    "57P01": .lost, "57P02": .lost, "57P04": .lost,
    "57P03": .busy,
  ]

  private static let classes: [String: PostgresFailure] = [
    "08": .lost, "22": .data, "23": .data, "28": .auth, "40": .conflict, "53": .full,
  ]
}
