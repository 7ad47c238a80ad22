/// Gathers what is wrong and what is doubtful while one file is read.
final class Findings {
  /// More problems than anyone reads; the rest are counted.
  static let limit = 1000

  let file: String
  private(set) var problems: [ConfigProblem] = []
  private(set) var warnings: [ConfigProblem] = []
  /// What was found in other files that this one names, in their order.
  private var others: [ConfigProblem] = []
  private var otherWarnings: [ConfigProblem] = []
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

  var hasProblems: Bool { !problems.isEmpty || !others.isEmpty }

  /// Takes over what is wrong with a file that this one names.
  func add(problems more: [ConfigProblem]) {
    let taken = more.prefix(max(0, Self.limit - others.count))
    others += taken
    omitted += more.count - taken.count
  }

  /// Takes over what is doubtful in a file that this one names.
  func add(warnings more: [ConfigProblem]) {
    otherWarnings += more.prefix(max(0, Self.limit - otherWarnings.count))
  }

  /// The warnings, in order of place and file, if nothing is wrong.
  func checkedWarnings() throws(ConfigProblems) -> [ConfigProblem] {
    guard hasProblems else { return Self.inOrder(warnings) + otherWarnings }
    var all = Self.inOrder(problems) + others
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
