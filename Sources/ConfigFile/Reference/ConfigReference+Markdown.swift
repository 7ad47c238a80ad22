import Notifications
import Signals

extension ConfigReference {
  /// The reference as a Markdown page: what `breakwater configuration` prints and
  /// docs/configuration.md holds.
  package var markdown: String {
    """
    # The configuration

    Every key of `breakwater.yml`, as `breakwater configuration` prints it.

    ```yaml
    \(Self.example)
    ```

    \(Self.rules)

    \(sections.map(page).joined(separator: "\n\n"))

    ## Not yet

    These keys are known, and refused with "not yet". Lists of receivers among them may be there
    when they are empty.

    \(refusals)

    """
  }

  private static var rules: String {
    """
    - An unknown key, a value that cannot be and a key whose feature is not there yet are
      problems, never ignored. `breakwater check config FILE` names all of them with their places,
      and what is valid and probably not meant.
    - A reload (SIGHUP, `POST /-/reload`) is all or nothing: with a problem everything stays as it
      runs, and `breakwater_config_last_reload_successful` is 0.
    - A secret may stand in a file of its own: `KEY_file` holds the path of the file in place of
      `KEY` with the secret. Paths are looked up from the directory of the configuration.
    - A duration is written as `500ms`, `30s` or `1h30m`, with units from `y` to `ms`, or as `0`;
      it is at most \(Duration.longest.prometheusText).
    - Where nothing is under *unset*, the key is as good as empty, or the section's own defaults
      hold.
    - `[]` in a path is an entry of a list, `NAME` a key of your own. Anchors and aliases of YAML
      are refused.
    - Characters are counted as Unicode scalars. Further bounds are in [limits](limits.md).
    - For probes and circuits, an MCP's own value goes over its row in [Postgres](postgres.md),
      that over `omni2_config`, that over this file's, and that over what holds when nothing is
      written.
    """
  }

  private func page(_ section: ReferenceSection) -> String {
    let rows = section.keys.map { row($0, of: section) }
    let table = (["| key | takes | unset | means |", "|---|---|---|---|"] + rows)
      .joined(separator: "\n")
    return ["## \(section.title)", places(of: section), section.introduction, table]
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// Where the section stands, unless its title says so.
  private func places(of section: ReferenceSection) -> String {
    if section.paths == [""] || section.paths == [section.title] { return "" }
    var paths: [String] = []
    for path in Self.withoutKinds(section.paths) where !paths.contains(path) { paths.append(path) }
    return "In \(paths.map { "`\($0)`" }.joined(separator: ", "))."
  }

  private func row(_ key: ReferenceKey, of section: ReferenceSection) -> String {
    let path = path(of: key, in: section)
    let names = key.names.flatMap { name -> [String] in
      twin(of: section.firstPlace.joined(path: name)) == nil ? [name] : [name, name + "_file"]
    }
    let cells = [
      names.map { "`\($0)`" }.joined(separator: ", "), takes(path), unset(key, path), key.meaning,
    ]
    return "| " + cells.map { $0.escapedCell }.joined(separator: " | ") + " |"
  }

  /// Of its places, the first in which the key is read.
  private func path(of key: ReferenceKey, in section: ReferenceSection) -> String {
    let name = key.names.first ?? ""
    let paths = section.paths.map { $0.joined(path: name) }
    return paths.first { outline[$0]?.isNotYet == false } ?? paths.first ?? name
  }

  /// In words of Markdown.
  func takes(_ path: String) -> String {
    let kind = outline[path]?.takes
    if case .section? = kind { return "a \(link(to: path))" }
    let entry = [path + "[]", "\(path).\(Outline.anyKey)"].first { outline[$0] != nil }
    return kind?.sentence(each: entry.map(takes)) ?? ""
  }

  private func link(to path: String) -> String {
    let target = sections.filter { $0.paths.contains(path) }.min { $0.paths.count < $1.paths.count }
    return target.map { "[section](#\($0.anchor))" } ?? "section"
  }

  private func unset(_ key: ReferenceKey, _ path: String) -> String {
    key.unset?.markdown ?? outline[path]?.missing?.withKeysAsCode ?? ""
  }

  /// The keys that are refused, by where they stand.
  private var refusals: String {
    var places: [String] = []
    var keys: [String: [String]] = [:]
    let refused = notYet
    for (path, place) in zip(refused, Self.withoutKinds(refused.map(\.parent))) {
      let key = "`\(path.name)`"
      if keys[place] == nil { places.append(place) }
      if keys[place]?.contains(key) != true { keys[place, default: []].append(key) }
    }
    let rows = places.map { place in
      "| \(place.isEmpty ? "top level" : "`\(place)`") | "
        + (keys[place] ?? []).joined(separator: ", ") + " |"
    }
    return (["| in | keys |", "|---|---|"] + rows).joined(separator: "\n")
  }

  /// The paths with `*` for the kind of receiver where all kinds are among them.
  private static func withoutKinds(_ paths: [String]) -> [String] {
    let forms = paths.map { path in
      path.split(separator: ".", omittingEmptySubsequences: false)
        .map { $0.hasSuffix("_configs[]") ? "*_configs[]" : $0 }.joined(separator: ".")
    }
    var kinds: [String: Set<String>] = [:]
    for (path, form) in zip(paths, forms) { kinds[form, default: []].insert(path) }
    return zip(paths, forms).map { path, form in
      kinds[form]?.count == IntegrationKind.allCases.count ? form : path
    }
  }
}

extension ReferenceSection {
  fileprivate var firstPlace: String { paths.first ?? "" }

  /// As renderers make it of a heading.
  fileprivate var anchor: String {
    title.lowercased().split(separator: " ").joined(separator: "-")
  }
}

extension String {
  /// A problem's message in Markdown: words with an underscore are keys.
  fileprivate var withKeysAsCode: String {
    split(separator: " ").map { word in
      let name = word.prefix { $0 != "," }
      return name.contains("_") ? "`\(name)`\(word.dropFirst(name.count))" : String(word)
    }.joined(separator: " ")
  }

  /// Fit for a cell of a table.
  fileprivate var escapedCell: String {
    var text = ""
    for character in self { text += character == "|" ? "\\|" : String(character) }
    return text
  }
}
