package import Foundation

/// Data that is read in place from beside the project, where it is there.
package enum SharedCases {
  /// `shared/cases` next to the project's root.
  package static let root = projectRoot.deletingLastPathComponent().appending(path: "shared/cases")

  /// A file of it; `nil` when there is none, and whoever asks says what is skipped.
  package static func data(_ path: String) -> Data? {
    try? Data(contentsOf: root.appending(path: path))
  }
}
