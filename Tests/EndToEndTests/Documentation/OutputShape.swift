import Foundation

/// What stays the same between two runs of one command: words, not figures.
enum OutputShape {
  /// A line with each number as `#` and each gap as one blank.
  static func of(_ line: some StringProtocol) -> String {
    let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.replacing(/[0-9]+(?:[.:,][0-9]+)*/, with: "#")
      .replacing(/-{2,}/, with: "--")
  }

  /// Lines that are shown and were not printed. `...` stands for any lines.
  static func missing(from output: String, shown: String) -> [String] {
    let printed = Set(lines(of: output).map(of))
    return lines(of: shown).filter { of($0) != "..." && !printed.contains(of($0)) }
  }

  /// Whether it shows anything that a run could contradict.
  static func says(_ shown: String) -> Bool { lines(of: shown).contains { of($0) != "..." } }

  private static func lines(of text: String) -> [String] {
    text.components(separatedBy: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
  }
}
