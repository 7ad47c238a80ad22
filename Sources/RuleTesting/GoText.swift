import PromQL
import Signals

/// Texts as Go and Prometheus print them.
enum GoText {
  /// `1m0s`, `1.5s`, `250ms`: Go's text of a duration, to the millisecond.
  static func duration(_ duration: Duration) -> String {
    let all = duration.wholeMilliseconds
    let sign = all < 0 ? "-" : ""
    let milliseconds = all.magnitude
    if milliseconds == 0 { return "0s" }
    if milliseconds < 1000 { return "\(sign)\(milliseconds)ms" }
    let seconds = milliseconds / 1000
    var text = sign
    if seconds >= 3600 { text += "\(seconds / 3600)h" }
    if seconds >= 60 { text += "\(seconds / 60 % 60)m" }
    return text + "\(seconds % 60)\(fraction(milliseconds % 1000))s"
  }

  private static func fraction(_ milliseconds: UInt64) -> String {
    if milliseconds == 0 { return "" }
    var digits = String(milliseconds + 1000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "." + digits
  }

  /// `1m`: Prometheus's text of a duration.
  static func time(_ duration: Duration) -> String {
    DurationText.text(milliseconds: duration.wholeMilliseconds)
  }

  /// `{__name__="up", job="a"}`
  static func labels(_ labels: [Label]) -> String {
    let shown = labels.map { label in
      let name = Identifier.isLabelName(label.name) ? label.name : label.name.quoted
      return "\(name)=\(label.value.quoted)"
    }
    return "{" + shown.joined(separator: ", ") + "}"
  }
}

extension String {
  /// With `indent` before every line but the first.
  func indented(by indent: String) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + indent)
  }
}
