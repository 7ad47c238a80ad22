package import Alerting

/// A rule file of Prometheus that may be used.
package struct RuleFile: Sendable {
  package struct Options: Sendable {
    /// Of groups that set none.
    package var interval: Duration = .seconds(60)
    /// Of groups that set none.
    package var queryOffset: Duration = .zero
    package var ignoresUnknownFields = false
    /// The most rules that the file may have.
    package var rulesLimit = RuleFile.rulesLimit

    package init() {}
  }

  /// Larger files are refused unread.
  package static let sizeLimit = 8 << 20
  /// Of all files together.
  package static let rulesLimit = 100_000
  static let groupsLimit = 10_000

  package var groups: [RuleGroup]
  /// Valid, and probably not meant; in order of place.
  package var warnings: [ConfigProblem]
  let file: String
  /// Where the expression of each rule of each group stands.
  let places: [[ExpressionPlace]]

  package var rulesCount: Int { groups.reduce(0) { $0 + $1.rules.count } }

  /// Reads and checks a file. Blocks on the disk.
  ///
  /// - Throws: everything that is wrong, each with file, line, column, group and rule.
  package static func load(
    path: String, options: Options = Options()
  ) throws(ConfigProblems) -> RuleFile {
    try read(path, options) { () throws(BoundedFile.Failure) in
      try BoundedFile.text(at: path, limit: sizeLimit, mustBeFile: true)
    }
  }

  /// Reads and checks what comes on standard input, to its end.
  ///
  /// - Throws: everything that is wrong, each with line, column, group and rule.
  package static func standardInput(
    options: Options = Options()
  ) throws(ConfigProblems) -> RuleFile {
    try read("standard input", options) { () throws(BoundedFile.Failure) in
      try BoundedFile.standardInput(limit: sizeLimit)
    }
  }

  private static func read(
    _ file: String, _ options: Options, _ text: () throws(BoundedFile.Failure) -> String
  ) throws(ConfigProblems) -> RuleFile {
    let content: String
    do {
      content = try text()
    } catch {
      let problem = ConfigProblem(
        file: file, line: error.place.line, column: error.place.column, path: "",
        message: error.reason)
      throw ConfigProblems(problems: [problem])
    }
    return try parse(text: content, file: file, options: options)
  }

  /// Checks a text. `file` is for the problems and the groups.
  ///
  /// - Throws: everything that is wrong, each with file, line, column, group and rule.
  package static func parse(
    text: String, file: String, options: Options = Options()
  ) throws(ConfigProblems) -> RuleFile {
    let findings = Findings(file: file)
    var reader = RuleReader(findings: findings, options: options)
    do throws(YAMLSyntaxError) {
      var composer = TreeComposer(text, findings: findings, sharesValues: true)
      if let root = try composer.compose() { reader.read(root) }
    } catch {
      findings.report("not YAML: \(error.meaning(in: text))", at: error.place)
    }
    return try RuleFile(
      groups: reader.groups, warnings: findings.checkedWarnings(), file: file,
      places: reader.places)
  }
}

/// Where an expression stands in its file.
struct ExpressionPlace: Sendable {
  let place: Place
  let inset: Int?
  let text: String

  /// The place of a byte of the expression, when that stands on one line as it is; else the
  /// expression's.
  func place(ofByte offset: Int) -> Place {
    guard let inset else { return place }
    let before = String(decoding: text.utf8.prefix(max(0, offset)), as: UTF8.self)
    return Place(line: place.line, column: place.column + inset + before.unicodeScalars.count)
  }
}
