import Foundation
import Notifications
import Testing

/// What people read. The files of Golden/ are made with UPDATE_GOLDEN=1 and looked at.
@Suite struct Goldens {
  private static let messages: [(String, OutgoingMessage)] = [
    ("one fires", Samples.message([Samples.alert()])),
    ("it is over", Samples.message([Samples.alert(resolved: true)], .allAlertsResolved)),
    (
      "some of three",
      Samples.message(
        [
          Samples.alert(), Samples.alert(mcp: "maps", severity: "warning"),
          Samples.alert(mcp: "mail", resolved: true),
        ], .someAlertsResolved)
    ),
    (
      "many", Samples.message((0..<70).map { Samples.alert(mcp: "mcp-\($0)") }, .newAlertsAdded)
    ),
  ]

  @Test(arguments: Samples.targets)
  func `each kind of receiver is told in its own way`(_ target: ReceiverTarget) throws {
    var text = ""
    for (name, message) in Self.messages {
      let body = try ReadBody(target, message, Samples.context())
      #expect(body.problem == nil)
      text += "# \(name)\n\(body.transcript)\n"
    }
    try expectGolden(text, "\(target.kind.rawValue).txt")
  }

  @Test func `Telegram's other modes have the plain text, escaped`() throws {
    var text = ""
    for mode in [TelegramSettings.ParseMode.markdownV2, .markdown, .plain] {
      let target = ReceiverTarget.telegram(Samples.telegram(mode))
      let message = Samples.message([Samples.alert(mcp: "we_at*her")])
      text += "# \(mode)\n" + (try ReadBody(target, message, Samples.context()).transcript) + "\n"
    }
    try expectGolden(text, "telegram-modes.txt")
  }
}

/// Compares a text with a kept file; with UPDATE_GOLDEN=1 it becomes that file.
private func expectGolden(_ text: String, _ name: String) throws {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    try Data(text.utf8).write(to: file)
  }
  let kept = try String(decoding: Data(contentsOf: file), as: UTF8.self)
  #expect(text == kept, "differs from Golden/\(name)")
}
