package import Agent

/// A configuration that may be used.
package struct LoadedConfig: Equatable, Sendable {
  package var settings: Settings
  /// Valid, and probably not meant; in order of place.
  package var warnings: [ConfigProblem] = []
}

/// Turns configuration files (CONTRACT.md 2) into settings, or into everything wrong with them.
package enum ConfigFile {
  /// Larger files are refused unread.
  static let sizeLimit = 8 << 20

  /// Reads and checks a file, with the secrets and certificates that it names.
  ///
  /// Blocks on the disk. Files named in it are looked up from its own directory.
  package static func load(path: String) throws(ConfigProblems) -> LoadedConfig {
    let findings = Findings(file: path)
    do {
      let text = try BoundedFile.text(at: path, limit: sizeLimit)
      let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      return try parse(text, findings, directory: directory)
    } catch let failure as BoundedFile.Failure {
      findings.report(failure.reason, at: failure.place)
    } catch let problems as ConfigProblems {
      throw problems
    } catch {
      findings.report("cannot be read", at: Place())
    }
    return try LoadedConfig(settings: Settings(), warnings: findings.checkedWarnings())
  }

  /// Checks a text. `file` is for the problems; files named in it are looked up from `directory`.
  package static func parse(
    text: String, file: String, directory: String
  ) throws(ConfigProblems) -> LoadedConfig {
    try parse(text, Findings(file: file), directory: directory)
  }

  private static func parse(
    _ text: String, _ findings: Findings, directory: String
  ) throws(ConfigProblems) -> LoadedConfig {
    guard text.utf8.count <= sizeLimit else {
      findings.report(BoundedFile.Failure.tooLarge(sizeLimit).reason, at: Place())
      return try LoadedConfig(settings: Settings(), warnings: findings.checkedWarnings())
    }
    var settings = Settings()
    do {
      var composer = TreeComposer(text, findings: findings)
      if let root = try composer.compose() {
        let context = Context(findings: findings, directory: directory)
        settings = readRoot(Value(node: root, path: "", context: context))
      }
    } catch {
      findings.report("not YAML: \(hint(error, text) ?? error.message)", at: error.place)
    }
    return try LoadedConfig(settings: settings, warnings: findings.checkedWarnings())
  }

  /// What to do about the commonest mistake, which libyaml does not name.
  private static func hint(_ error: YAMLSyntaxError, _ text: String) -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard error.place.line <= lines.count else { return nil }
    let before = lines[error.place.line - 1].unicodeScalars.prefix(error.place.column)
    let isIndentation = before.last == "\t" && before.allSatisfy { $0 == " " || $0 == "\t" }
    return isIndentation ? "a tab in the indentation; use spaces" : nil
  }
}
