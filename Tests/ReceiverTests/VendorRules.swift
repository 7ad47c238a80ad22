import Notifications

/// What a vendor says of a body: members, their types, and how long texts may be, counted here once
/// more. Every text of a message is in one of the lists.
struct VendorRules {
  enum Count { case codePoints, utf16, shownUTF16 }

  /// The whole body, in bytes.
  var bytes: Int
  /// Members that may be there, by path with `*` for any index; `!` before one that must.
  var members: [String]
  /// Longest texts.
  var limits: [(path: String, count: Count, most: Int)] = []
  /// Texts with markup.
  var marked: [String]

  static func of(_ kind: IntegrationKind) -> VendorRules {
    switch kind {
    case .slack, .webhook: slack
    case .mattermost: mattermost
    case .discord: discord
    case .msteamsv2: teams
    case .telegram: telegram
    case .matrix: matrix
    }
  }

  private static let slack = VendorRules(
    bytes: 524_288,
    members: [
      "!attachments.0.color", "!attachments.0.title", "attachments.0.title_link",
      "!attachments.0.fallback", "!attachments.0.text", "attachments.0.footer",
      "attachments.0.mrkdwn_in.*",
    ],
    limits: [
      ("attachments.0.title", .codePoints, 1024), ("attachments.0.text", .codePoints, 12_000),
    ],
    marked: ["attachments.0.title", "attachments.0.text", "attachments.0.fallback"])

  private static let mattermost = VendorRules(
    bytes: 524_288, members: ["!text"], limits: [("text", .codePoints, 16_383)], marked: ["text"])

  private static let discord = VendorRules(
    bytes: 262_144,
    members: [
      "!embeds.0.title", "embeds.0.url", "!embeds.0.description", "!embeds.0.color",
      "embeds.0.footer.text", "!allowed_mentions.parse",
    ],
    limits: [
      ("embeds.0.title", .utf16, 256), ("embeds.0.description", .utf16, 4096),
      ("embeds.0.footer.text", .utf16, 2048),
    ],
    marked: ["embeds.0.title", "embeds.0.description"])

  private static let card = "attachments.0.content"
  private static let teams = VendorRules(
    bytes: 28_672 * 3 / 2,
    members: [
      "!type", "!attachments.0.contentType", "!attachments.0.contentUrl", "!\(card).$schema",
      "!\(card).type", "!\(card).version", "!\(card).body.*.type", "!\(card).body.*.text",
      "\(card).body.*.wrap", "\(card).body.*.weight", "\(card).body.*.size", "\(card).body.*.color",
      "\(card).body.*.isSubtle", "\(card).actions.*.type", "\(card).actions.*.title",
      "\(card).actions.*.url", "\(card).msteams.width",
    ],
    marked: ["\(card).body.0.text", "\(card).body.1.text"])

  private static let telegram = VendorRules(
    bytes: 65_536,
    members: ["!chat_id", "!text", "parse_mode", "link_preview_options.is_disabled"],
    limits: [("text", .shownUTF16, 4096)], marked: ["text"])

  private static let matrix = VendorRules(
    bytes: 65_536 - 4096,
    members: ["!msgtype", "!body", "!format", "!formatted_body", "!m.mentions"],
    marked: ["formatted_body"])

  /// What is wrong with a body; `nil`: nothing.
  func problem(in body: ReadBody, of kind: IntegrationKind) -> String? {
    if body.bytes.count > bytes { return "\(body.bytes.count) bytes" }
    let leaves = Leaves(body.root)
    for path in leaves.paths where !members.contains(where: { Self.matches(path, $0) }) {
      return "a member that nobody knows: \(path)"
    }
    for member in members where member.hasPrefix("!") {
      guard leaves.paths.contains(where: { Self.matches($0, member) }) else {
        return "no \(member.dropFirst())"
      }
    }
    for (path, count, most) in limits {
      let text = body.text(path)
      let length =
        switch count {
        case .codePoints: text.unicodeScalars.count
        case .utf16: text.utf16.count
        case .shownUTF16: MarkupValidator.shown(ofHTML: text).utf16.count
        }
      if length > most { return "\(path): \(length)" }
    }
    for (path, text) in leaves.texts {
      if let scalar = MarkupValidator.hidden(in: text) { return "\(path): U+\(scalar.value)" }
    }
    for path in marked {
      if let problem = MarkupValidator.problem(in: body.text(path), of: kind) {
        return "\(path): \(problem)"
      }
    }
    return particular(body, kind)
  }

  /// What is one vendor's alone.
  private func particular(_ body: ReadBody, _ kind: IntegrationKind) -> String? {
    switch kind {
    case .msteamsv2:
      let units = String(decoding: body.bytes, as: UTF8.self).utf16.count
      return units > 14_336 ? "\(units) units of UTF-16" : nil
    case .discord:
      let all = ["title", "description", "footer.text"].reduce(0) {
        $0 + body.text("embeds.0.\($1)").utf16.count
      }
      return all > 6000 ? "\(all) characters of embeds" : nil
    case .telegram: return body.text("text").isEmpty ? "no text" : nil
    default: return nil
    }
  }

  private static func matches(_ path: String, _ pattern: String) -> Bool {
    let pattern = pattern.hasPrefix("!") ? String(pattern.dropFirst()) : pattern
    if path == pattern { return true }
    guard pattern.contains("*") else { return false }
    let parts = path.split(separator: ".")
    let wanted = pattern.split(separator: ".")
    return parts.count == wanted.count && zip(parts, wanted).allSatisfy { $1 == "*" || $0 == $1 }
  }
}

/// All that is in a body, by path.
struct Leaves {
  private(set) var paths: [String] = []
  private(set) var texts: [(String, String)] = []

  init(_ root: [String: Any]) { walk(root, "") }

  private mutating func walk(_ value: Any, _ path: String) {
    if let object = value as? [String: Any], !object.isEmpty {
      for (key, inner) in object { walk(inner, path.isEmpty ? key : "\(path).\(key)") }
    } else if let list = value as? [Any], !list.isEmpty {
      for (index, inner) in list.enumerated() { walk(inner, "\(path).\(index)") }
    } else {
      paths.append(path)
      if let text = value as? String { texts.append((path, text)) }
    }
  }
}
