import Foundation
import TestSupport

/// What promql-parse.json says of texts and their trees.
enum ParseCases {
  /// The cases of one kind in promql-parse.json; none when the file is not there.
  static func parsing(_ kind: String) -> [[String: Any]] {
    guard let data = SharedCases.data("promql-parse.json"),
      let file = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return [] }
    return file[kind] as? [[String: Any]] ?? []
  }

  static let isThere = SharedCases.data("promql-parse.json") != nil
  static let absence = "../shared/cases/promql-parse.json is not there"
}
