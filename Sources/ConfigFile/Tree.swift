/// A configuration file as typed, with the place of everything.
struct Node {
  enum Content {
    case scalar(String, isPlain: Bool)
    case list([Node])
    case mapping([Entry])
    /// Already reported, or there for an outline only: taken for neither right nor wrong.
    case refused
  }

  struct Entry {
    var key: String
    var place: Place
    var value: Node
  }

  var content: Content
  var place: Place
  /// As in `YAMLEvent`.
  var inset: Int?

  /// Nothing after the colon, `~` or `null`.
  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null"].contains(text)
  }
}

extension String {
  /// The path of `key` below this path; a key of odd characters is cleaned, cut and quoted.
  func joined(key: String) -> String {
    let isWord = key.utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
    if isWord && !key.isEmpty && key.utf8.count <= 64 { return isEmpty ? key : "\(self).\(key)" }
    var quoted = String.UnicodeScalarView()
    for scalar in key.unicodeScalars.prefix(64) {
      quoted.append(scalar.isControl || scalar == "\"" ? "?" : scalar)
    }
    return "\(self)[\"\(String(quoted))\"]"
  }
}
