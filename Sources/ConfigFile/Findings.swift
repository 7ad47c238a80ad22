/// Gathers what is wrong and what is doubtful while one file is read.
final class Findings {
  /// More problems than anyone reads; the rest are counted.
  static let limit = 1000

  let file: String
  private var problems: [ConfigProblem] = []
  private var warnings: [ConfigProblem] = []
  private var omitted = 0

  init(file: String) { self.file = file }

  func report(_ message: String, at place: Place, path: String = "", nearest: String? = nil) {
    guard problems.count < Self.limit else { return omitted += 1 }
    problems.append(problem(message, at: place, path: path, nearest: nearest))
  }

  func warn(_ message: String, at place: Place, path: String) {
    guard warnings.count < Self.limit else { return }
    warnings.append(problem(message, at: place, path: path, nearest: nil))
  }

  /// The warnings, in order of place, if nothing is wrong.
  func checkedWarnings() throws(ConfigProblems) -> [ConfigProblem] {
    guard !problems.isEmpty else { return Self.inOrder(warnings) }
    var all = Self.inOrder(problems)
    if omitted > 0, var last = all.last {
      (last.path, last.nearest) = ("", nil)
      last.message = "too many problems: \(omitted) more are not listed"
      all.append(last)
    }
    throw ConfigProblems(problems: all)
  }

  private func problem(
    _ message: String, at place: Place, path: String, nearest: String?
  ) -> ConfigProblem {
    ConfigProblem(
      file: file, line: place.line, column: place.column, path: path, message: message,
      nearest: nearest)
  }

  private static func inOrder(_ problems: [ConfigProblem]) -> [ConfigProblem] {
    problems.enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset)
        < ($1.element.line, $1.element.column, $1.offset)
    }.map(\.element)
  }
}
