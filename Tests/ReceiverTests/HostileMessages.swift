import Notifications
import PromQL
import Signals
import TestSupport

/// Messages whose labels and annotations try to be something else.
struct HostileMessages {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private static let pieces = [
    "\"", "\\", "'", "\n", "\r\n", "\t", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{2028}", "\u{85}",
    "</script>", "<script>alert(1)</script>", "<b>", "</b>", "<a href=\"http://evil.test\">",
    "</a>",
    "<br>", "<!--", "&amp;", "&", "&#60;", "&lt", ";", "<!channel>", "<!here>", "<@U123>",
    "<http://evil.test|x>", "<", ">", "|", "@everyone", "@here", " @channel", "@room", "user@host",
    "[x](http://evil.test)", "[", "]", "(", ")", "](", "**", "*", "__", "_", "~~", "`", "```", "#",
    "- ", "+ ", "> ", "= ", "{{ .Labels }}", "{{", "}}", "%s", "!", "||", "-", ".",
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "👍🏽", "é", "e\u{301}", "\u{301}", "\u{20dd}", "a\u{200d}", "\u{fe0f}",
    "שלום", "مرحبا", "\u{202e}txt.exe", "\u{2066}", "\u{200f}", "\u{feff}", "\u{200b}",
    "\u{e0041}", "\u{fffd}", "\u{10ffff}", "𝒳", "日本語", "weather", "probe failed", " ", "0",
  ]

  mutating func text(_ most: Int) -> String {
    (0..<Int.random(in: 0...most, using: &random)).map { _ in
      Self.pieces.randomElement(using: &random) ?? ""
    }.joined()
  }

  /// Once in a while up to a mebibyte.
  private mutating func longText() -> String {
    let text = text(12)
    switch Int.random(in: 0..<400, using: &random) {
    case 0: return String(repeating: text + "x", count: (1 << 20) / (text.utf8.count + 1))
    case 1...20:
      return String(repeating: text + " ", count: Int.random(in: 1...150, using: &random))
    default: return text
    }
  }

  private mutating func url() -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: ""
    case 1: "javascript:alert(1)"
    case 2: "http://x.test/" + text(6)
    case 3: text(3)
    default: "https://runbooks.test/a?b=1&c=(2)"
    }
  }

  /// Its texts begin with a mark that no other alert has: `q7q`.
  private mutating func alert(_ number: Int) -> Alert {
    let mark = "q\(number)q"
    var annotations: [Label] = []
    if Bool.random(using: &random) {
      annotations.append(Label(name: "description", value: longText()))
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      annotations.append(Label(name: "evidence", value: longText()))
    }
    annotations.append(Label(name: "runbook_url", value: url()))
    if Bool.random(using: &random) {
      annotations.append(Label(name: "summary", value: mark + longText()))
    }
    let names = ["critical", "warning", "info", text(3)]
    return Alert(
      labels: LabelSet([
        Label(name: "alertname", value: "a" + text(4)), Label(name: "mcp", value: mark + text(6)),
        Label(name: "severity", value: names.randomElement(using: &random) ?? ""),
        Label(name: "reason", value: text(4)),
      ]),
      annotations: annotations,
      startsAt: Samples.start.advanced(
        by: .seconds(-Int.random(in: 0...1_000_000, using: &random))),
      endsAt: Samples.start, isResolved: Int.random(in: 0..<3, using: &random) == 0,
      generatorURL: url())
  }

  mutating func next() -> OutgoingMessage {
    let count =
      switch Int.random(in: 0..<100, using: &random) {
      case 0: Int.random(in: 9...120, using: &random)
      case 1...15: Int.random(in: 2...8, using: &random)
      default: 1
      }
    let alerts = (0..<count).map { alert($0) }
    var message = Samples.message(
      alerts.filter { !$0.isResolved } + alerts.filter(\.isResolved),
      NotifyReason.allCases.randomElement(using: &random) ?? .firstNotification)
    message.isTest = Int.random(in: 0..<50, using: &random) == 0
    return message
  }
}
