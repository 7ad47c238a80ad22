import MCPWire
import Signals

/// What the JSON of an answer says that matters here, by the names that vendors use.
struct AnswerBody {
  /// Enough for any answer of theirs.
  static let bytesMax = 4096

  /// `ok` of Slack and Telegram.
  var ok: Bool?
  /// `error` of Slack, `errcode` of Matrix.
  var error: String?
  /// `description` of Telegram, `message` of Discord, or a word that is all there is.
  var sentence: String?
  /// `error_code` of Telegram.
  var code: Int64?
  /// `retry_after`, in seconds: Discord's at the top, Telegram's in `parameters`.
  var retryAfter: Duration?
  /// `retry_after_ms` of Matrix.
  var retryAfterMilliseconds: Duration?
  /// Whether Matrix has an `event_id` for it.
  var hasEvent = false

  /// What does not read as a JSON object says nothing.
  init(_ bytes: [UInt8]) {
    let text = String(decoding: bytes.prefix(65), as: UTF8.self)
    if Self.isCode(text) { sentence = text }  // Slack's webhooks
    var reader = JSONReader(bytes)
    do throws(JSONProblem) {
      guard try reader.kind() == .object else { return }
      try reader.forEachMember { (member, key) throws(JSONProblem) in
        switch key {
        case "ok":
          if try member.kind() == .bool {
            let range = try member.value()
            self.ok = member.text(of: range) == "true"
          }
        case "error", "errcode":
          // Matrix has both; `errcode` is the one.
          let text = try member.string(limit: 128)
          if key == "errcode" || self.error == nil { self.error = text }
        case "description", "message":
          if try member.kind() == .string { self.sentence = try member.string(limit: 512) }
        case "error_code": self.code = try member.integer()
        case "retry_after": self.retryAfter = try Self.wait(&member, unit: 1)
        case "retry_after_ms":
          self.retryAfterMilliseconds = try Self.wait(&member, unit: 0.001)
        case "event_id": self.hasEvent = try member.kind() == .string
        case "parameters":
          guard try member.kind() == .object else { return }
          try member.forEachMember { (inner, key) throws(JSONProblem) in
            if key == "retry_after" { self.retryAfter = try Self.wait(&inner, unit: 1) }
          }
        default: break
        }
      }
    } catch {
      // Cut or broken: what was read before stands.
    }
  }

  /// `nil` for what is no number, negative or infinite; a day at most.
  private static func wait(
    _ reader: inout JSONReader, unit: Double
  ) throws(JSONProblem) -> Duration? {
    let kind = try reader.kind()
    let range = try reader.value()
    guard kind == .number, range.count <= 32, let number = Double(reader.text(of: range))
    else { return nil }
    let seconds = number * unit
    guard seconds >= 0, seconds.isFinite else { return nil }
    return .milliseconds(Int64((min(seconds, 86_400) * 1000).rounded(.up)))
  }
}

extension AnswerBody {
  /// On one line, at most 200 characters. What a receiver was sent, it may say back: words are told
  /// of nothing but letters that are in none of `secrets`, three dots for others.
  func reason(hiding secrets: [String]) -> String? {
    guard let said = sentence ?? error else { return nil }
    let words = said.split(whereSeparator: \.isWhitespace).map { word in
      let bare = word.drop { "\"'(".contains($0) }.prefix { !".,:;!?\"')".contains($0) }
      let isKnown = bare.count >= 4 && secrets.contains { $0.contains(bare) }
      return Self.isCode(bare) && word.count <= bare.count + 2 && !isKnown ? String(word) : "…"
    }
    return words.isEmpty ? nil : String(words.joined(separator: " ").prefix(200))
  }

  /// `channel_not_found`, `M_LIMIT_EXCEEDED`.
  static func isCode(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
      && text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || ($0 | 0x20) &- 0x61 < 26 }
  }
}

extension AnswerMeaning {
  /// As HTTP's statuses have it, with the longer of the waits that head and body ask for.
  init(of answer: DeliveryAnswer, _ asked: Duration?) {
    var answer = answer
    if let asked { answer.retryAfter = max(answer.retryAfter ?? .zero, asked) }
    self.init(of: answer)
  }
}
