import Foundation

/// What holds for the shape of a Swift file.
enum Shape {
  static let longestLine = 100
  static let longestFunction = 70
  static let longestFile = 500

  static func violations(in file: SourceFile) -> [Violation] {
    var found = longLines(in: file) + longFunctions(in: file)
    if file.lines.count > longestFile {
      let message = "\(file.lines.count) lines: split the file at an idea (\(longestFile) at most)"
      found.append(Violation(path: file.path, line: longestFile + 1, message: message))
    }
    return found
  }

  /// The formatter leaves comments and strings alone.
  private static func longLines(in file: SourceFile) -> [Violation] {
    file.lines.enumerated().filter { $0.element.count > longestLine }.map { index, line in
      Violation(
        path: file.path, line: index + 1,
        message: "\(line.count) columns: break the line (\(longestLine) at most)")
    }
  }

  private static func longFunctions(in file: SourceFile) -> [Violation] {
    file.code.indices.compactMap { start in
      guard isFunction(file.code[start]), let end = endOfBody(from: start, in: file.code),
        end - start + 1 > longestFunction
      else { return nil }
      let message =
        "\(end - start + 1) lines in a function: split it (\(longestFunction) at most)"
      return Violation(path: file.path, line: start + 1, message: message)
    }
  }

  private static func isFunction(_ line: String) -> Bool {
    line.split(whereSeparator: { " (<{".contains($0) })
      .contains { ["func", "init", "init?", "deinit", "subscript"].contains($0) }
      && !line.contains(".init") && !line.contains("self.init") && !line.contains("super.init")
  }

  /// The formatter puts the closing brace at the indentation of the line that opens. Another line
  /// there is the next declaration: this one, of a protocol, has no body.
  private static func endOfBody(from start: Int, in code: [String]) -> Int? {
    let depth = indentation(code[start])
    for index in code.indices.dropFirst(start + 1) {
      let text = code[index].drop { $0 == " " }
      if text.isEmpty { continue }
      let here = indentation(code[index])
      if here > depth || (here == depth && [")", "{", "w", "#"].contains(text.first)) { continue }
      return here == depth && text.hasPrefix("}") ? index : nil
    }
    return nil
  }

  private static func indentation(_ line: String) -> Int { line.prefix { $0 == " " }.count }
}
