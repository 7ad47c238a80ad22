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
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var settings = Settings()
    do {
      let text = try BoundedFile.text(at: path, limit: sizeLimit)
      settings = read(text, Context(findings: findings, directory: directory))
    } catch {
      findings.report(error.reason, at: error.place)
    }
    return try LoadedConfig(settings: settings, warnings: findings.checkedWarnings())
  }

  /// Checks a text. `file` is for the problems; files named in it are looked up from `directory`.
  package static func parse(
    text: String, file: String, directory: String
  ) throws(ConfigProblems) -> LoadedConfig {
    let findings = Findings(file: file)
    let settings = read(text, Context(findings: findings, directory: directory))
    return try LoadedConfig(settings: settings, warnings: findings.checkedWarnings())
  }

  /// What may stand in a file: nothing is read.
  static func outline() -> Outline {
    let outline = Outline()
    let context = Context(findings: Findings(file: ""), directory: "", outline: outline)
    let anything = Node(content: .refused, place: Place())
    _ = readRoot(Value(node: anything, path: "", context: context))
    return outline
  }

  /// The settings, which count for nothing when problems were found.
  private static func read(_ text: String, _ context: Context) -> Settings {
    do {
      var composer = TreeComposer(text, findings: context.findings)
      guard let root = try composer.compose() else { return Settings() }
      return readRoot(Value(node: root, path: "", context: context))
    } catch {
      context.findings.report("not YAML: \(error.meaning(in: text))", at: error.place)
      return Settings()
    }
  }
}

extension YAMLSyntaxError {
  /// The message; for the commonest mistake, which libyaml does not name, what to do about it.
  func meaning(in text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard place.line <= lines.count else { return message }
    let before = lines[place.line - 1].unicodeScalars.prefix(place.column)
    let isIndentation = before.last == "\t" && before.allSatisfy { $0 == " " || $0 == "\t" }
    return isIndentation ? "a tab in the indentation; use spaces" : message
  }
}
