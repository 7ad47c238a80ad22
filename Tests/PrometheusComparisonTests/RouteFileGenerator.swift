import TestSupport

/// Writes trees of routes in Alertmanager's grammar, and labels of alerts for them.
struct RouteFileGenerator {
  private var random: SeededRandom
  private static let labels = ["a", "b", "c"]

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// A whole file; receivers are `r0` to `r9`.
  mutating func file() -> String {
    let names = (0..<10).map { "  - name: r\($0)\n" }.joined()
    return "receivers:\n\(names)route:\n  receiver: r0\n\(routes(depth: 1, indent: "  "))"
  }

  private mutating func routes(depth: Int, indent: String) -> String {
    let count = Int.random(in: depth == 1 ? 2...5 : 0...3, using: &random)
    guard depth <= 4, count > 0 else { return "" }
    return "\(indent)routes:\n"
      + (0..<count).map { _ in route(depth: depth, indent: indent) }.joined()
  }

  private mutating func route(depth: Int, indent: String) -> String {
    var lines = ["continue: \(Int.random(in: 0..<3, using: &random) == 0)"]
    if Int.random(in: 0..<4, using: &random) > 0 {
      lines.append("receiver: r\(Int.random(in: 0...9, using: &random))")
    }
    let texts = (0..<Int.random(in: 0...2, using: &random)).map { _ in "'\(matcher())'" }
    if !texts.isEmpty { lines.append("matchers: [\(texts.joined(separator: ", "))]") }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: lines.append("match: {\(random.pick(Self.labels)): '\(value())'}")
    case 1: lines.append("match_re: {\(random.pick(Self.labels)): '\(pattern())'}")
    default: break
    }
    let own = lines.joined(separator: "\n\(indent)    ")
    return "\(indent)  - \(own)\n\(routes(depth: depth + 1, indent: indent + "    "))"
  }

  /// One, or two with a comma between them, in one of the ways to write them.
  private mutating func matcher() -> String {
    let label = random.pick(Self.labels)
    let text: String
    switch Int.random(in: 0..<6, using: &random) {
    case 0: text = "\(label)=\"\(value())\""
    case 1: text = "\(label)!=\"\(value())\""
    case 2: text = "\(label) = \(random.pick(["1", "2", "3"]))"
    case 3: text = "\(label)!~\"\(pattern())\""
    default: text = "\(label)=~\"\(pattern())\""
    }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return "{\(text)}"
    case 1: return "\(text), \(random.pick(Self.labels))!=\"3\""
    default: return text
    }
  }

  private mutating func value() -> String { random.pick(["", "1", "2", "3", "12"]) }

  private mutating func pattern() -> String {
    random.pick(["", "1", "1|2", ".*", ".+", "[12]", "1?", "1.*|3", "(?i)X", "^2$", "2"])
  }

  /// At least one label; some are missing, some are asked for by no matcher.
  mutating func alert() -> [String: String] {
    var alert = ["d": "1"]
    for label in Self.labels where Int.random(in: 0..<4, using: &random) > 0 {
      alert[label] = random.pick(["1", "2", "3", "12", "x"])
    }
    return alert
  }
}
