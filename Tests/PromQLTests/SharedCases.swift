import Foundation

/// Data that is read in place from beside the project, where it is there.
enum SharedCases {
  /// `shared/cases` next to the project's root, found upwards from this file.
  static let root: URL? = {
    var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while directory.pathComponents.count > 1 {
      let package = directory.appendingPathComponent("Package.swift")
      if FileManager.default.fileExists(atPath: package.path) {
        let cases = directory.deletingLastPathComponent().appendingPathComponent("shared/cases")
        return FileManager.default.fileExists(atPath: cases.path) ? cases : nil
      }
      directory = directory.deletingLastPathComponent()
    }
    return nil
  }()

  static func data(_ path: String) -> Data? {
    root.flatMap { try? Data(contentsOf: $0.appendingPathComponent(path)) }
  }

  /// The cases of one kind in promql-parse.json; none when the file is not there.
  static func parsing(_ kind: String) -> [[String: Any]] {
    guard let data = data("promql-parse.json"),
      let file = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return [] }
    return file[kind] as? [[String: Any]] ?? []
  }

  static let isThere = data("promql-parse.json") != nil
  static let absence = "../shared/cases/promql-parse.json is not there"
}
