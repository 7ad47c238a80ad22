import Foundation
import Notifications
import Testing

/// Whatever alerts say, a message is what its vendor takes. `RECEIVER_CASES` sets how many are
/// tried of each kind: 10,000, and a tenth where nothing is optimised. `RECEIVER_SEED` sets where
/// they begin.
@Suite struct AnyMessage {
  private static let environment = ProcessInfo.processInfo.environment
  #if DEBUG
    private static let usual = 1000
  #else
    private static let usual = 10_000
  #endif
  private static let cases = environment["RECEIVER_CASES"].flatMap { Int($0) } ?? usual
  private static let seed = environment["RECEIVER_SEED"].flatMap { UInt64($0) } ?? 1

  @Test(arguments: Samples.targets)
  func `is valid, within limits and whole in its markup`(_ target: ReceiverTarget) throws {
    var messages = HostileMessages(seed: Self.seed)
    let context = Samples.context()
    let rules = VendorRules.of(target.kind)
    for number in 0..<Self.cases {
      let message = messages.next()
      let body = try ReadBody(target, message, context)
      let problem =
        body.problem ?? rules.problem(in: body, of: target.kind)
        ?? Counting.problem(in: body.text(ReadBody.listPath(target.kind)), message)
      guard let problem else { continue }
      Issue.record("case \(number): \(problem)\n\(body.transcript.prefix(5000))")
      return
    }
  }

  @Test func `is escaped as a whole in MarkdownV2`() throws {
    var messages = HostileMessages(seed: Self.seed)
    let target = ReceiverTarget.telegram(Samples.telegram(.markdownV2))
    let context = Samples.context()
    for number in 0..<Self.cases {
      let message = messages.next()
      let text = try ReadBody(target, message, context).text("text")
      let problem =
        MarkupValidator.escapedMarkdownV2(text) ?? Counting.problem(in: text, message)
      #expect(problem == nil && text.utf16.count <= 4096, "case \(number): \(text.prefix(2000))")
    }
  }
}

/// Whether those listed and "+N more" are all.
enum Counting {
  static func problem(in text: String, _ message: OutgoingMessage) -> String? {
    // Whatever stands on a letter, it is one.
    let mark = /q[0-9]+q/.matchingSemantics(.unicodeScalar)
    let marks = Set(text.matches(of: mark).map { String($0.output) })
    let more =
      text.matches(of: /\+([0-9]+) more/.matchingSemantics(.unicodeScalar)).last.flatMap {
        Int($0.output.1)
      } ?? 0
    let all = message.alerts.count
    return marks.count + more == all ? nil : "\(marks.count) and \(more) more of \(all)"
  }
}
