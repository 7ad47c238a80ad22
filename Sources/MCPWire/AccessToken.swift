package import Signals

/// A token that a token endpoint has given for a server.
package struct AccessToken: Equatable, Sendable {
  package var value: Secret
  /// When the next one is asked for: somewhat before this one expires.
  package var renewAt: MonotonicInstant
  /// What it was asked for with; other settings need another token.
  package var settings: UInt64

  package init(value: Secret, renewAt: MonotonicInstant, settings: UInt64) {
    self.value = value
    self.renewAt = renewAt
    self.settings = settings
  }
}

/// The answer of a token endpoint on its way in (RFC 6749, 5).
struct TokenAnswer: Sendable {
  static let bodyLimit = 64 << 10
  /// Assumed when the endpoint does not say how long a token is good.
  private static let lifetime = Duration.seconds(300)

  /// What the endpoint gave, or why it gave nothing.
  enum Reading: Equatable {
    case token(Secret, goodFor: Duration)
    case refused(String)
  }

  private(set) var head: ResponseHead?
  private var body: [UInt8] = []
  private var isTooLarge = false

  mutating func receive(head: ResponseHead) {
    self = TokenAnswer()
    self.head = head
  }

  mutating func receive(body chunk: Span<UInt8>) -> BodyDirective {
    guard body.count + chunk.count <= Self.bodyLimit else {
      isTooLarge = true
      return .tooLarge
    }
    for index in chunk.indices { body.append(chunk[index]) }
    return .more
  }

  /// Reads the answer, now that it is whole.
  var reading: Reading {
    guard let head else { return .refused("no answer") }
    if isTooLarge { return .refused("over \(Self.bodyLimit) bytes of answer") }
    let members = Members(body)
    guard (200..<300).contains(head.status) else {
      var text = "HTTP \(head.status)"
      for part in [members?.error, members?.errorDescription] {
        if let part { text += ", \(part)" }
      }
      return .refused(text)
    }
    guard let members else { return .refused("HTTP \(head.status), but no JSON object") }
    if let error = members.error { return .refused("HTTP \(head.status), \(error)") }
    guard let token = members.token, !token.isEmpty else {
      return .refused("HTTP \(head.status) without an access_token")
    }
    guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      return .refused("an access_token that no header can carry")
    }
    if let type = members.type, type.lowercased() != "bearer" {
      return .refused("a token of the type \"\(type)\", not Bearer")
    }
    let lifetime = members.seconds.map { Duration.seconds(min(max($0, 0), 31_536_000)) }
    return .token(Secret(token), goodFor: lifetime ?? Self.lifetime)
  }
}

/// The members of the answer that matter here.
private struct Members {
  var token: String?
  var type: String?
  var seconds: Int64?
  var error: String?
  var errorDescription: String?

  /// `nil` when the bytes are no JSON object.
  init?(_ bytes: [UInt8]) {
    var reader = JSONReader(bytes)
    do throws(JSONProblem) {
      guard try reader.kind() == .object else { return nil }
      try reader.forEachMember { (member, key) throws(JSONProblem) in
        switch key {
        case "access_token": self.token = try member.string(limit: TokenAnswer.bodyLimit)
        case "token_type": self.type = try member.string(limit: 64)
        case "expires_in":
          // Some write the number as a text.
          self.seconds =
            try member.kind() == .string
            ? try member.string(limit: 32).flatMap { Int64($0) } : try member.integer()
        case "error": self.error = try member.string(limit: 64)
        case "error_description": self.errorDescription = try member.string(limit: 256)
        default: break
        }
      }
      try reader.expectEnd()
    } catch {
      return nil
    }
  }
}
