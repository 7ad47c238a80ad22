import Foundation
import Testing

/// Compares a text with a kept file; with UPDATE_GOLDEN=1 it becomes that file.
func expectGolden(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try Data(text.utf8).write(to: file)
  }
  let kept = try String(decoding: Data(contentsOf: file), as: UTF8.self)
  #expect(text == kept, "differs from Golden/\(name)", sourceLocation: sourceLocation)
}
