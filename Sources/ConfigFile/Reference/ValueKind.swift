import Signals

/// What may stand under a key, as the reader that asks for it says.
enum ValueKind: Equatable {
  /// In words, with their article, as in "expected a time such as 09:30".
  case described(String)
  /// `isPositive`: 0 is none.
  case duration(isPositive: Bool, atLeast: Duration)
  case file
  case flag
  /// One of the two only.
  case only(Bool)
  case list(atMost: Int)
  case mapping(atMost: Int)
  case number(ClosedRange<Double>)
  case secret
  /// A URL that tells who may send.
  case secretURL
  /// A file with the secret that may stand under another key.
  case secretFile
  /// A mapping with known keys.
  case section
  case template(length: Int)
  case text(ClosedRange<Int>, lines: Bool)
  case url
  case whole(ClosedRange<Int>)
  case words([String])
}

extension ValueKind {
  /// In words of Markdown; `parts` are those of each entry of a list or mapping.
  func sentence(each parts: String?) -> String {
    let each = parts.map { ": \($0)" } ?? ""
    return switch self {
    case .described(let words): words
    case .duration(let isPositive, let shortest): Self.duration(isPositive, shortest)
    case .file: "the path of a file"
    case .flag: "`true` or `false`"
    case .only(let flag): "only `\(flag)`"
    case .list(.max): "a list\(each)"
    case .list(let limit): "a list of at most \(limit)\(each)"
    case .mapping(.max): "a mapping\(each)"
    case .mapping(let limit): "a mapping of at most \(limit)\(each)"
    case .number(let range): "a number from \(range.lowerBound.plain) to \(range.upperBound.plain)"
    case .secret: "a secret"
    case .secretURL: "an http or https URL, a secret"
    case .secretFile: "the path of a file with a secret"
    case .section: "a section"
    case .template(let length): "a template of at most \(length) characters"
    case .text(let length, let lines): Self.text(length) + (lines ? ", also several lines" : "")
    case .url: "an http or https URL"
    case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .words(let words): Self.alternatives(words.map { $0.isEmpty ? "`''`" : "`\($0)`" })
    }
  }

  private static func duration(_ isPositive: Bool, _ shortest: Duration) -> String {
    if shortest > .zero { return "a duration of at least \(shortest.prometheusText)" }
    return isPositive ? "a duration above 0" : "a duration"
  }

  private static func text(_ length: ClosedRange<Int>) -> String {
    length.lowerBound == 0
      ? "text of at most \(length.upperBound) characters"
      : "text of \(length.lowerBound) to \(length.upperBound) characters"
  }

  private static func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.joined() }
    return words.dropLast().joined(separator: ", ") + " or \(last)"
  }
}

extension Double {
  /// Without a fraction that is none.
  var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
