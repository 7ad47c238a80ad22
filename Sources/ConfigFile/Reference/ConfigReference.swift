import Notifications
import Templates

/// The reference of the configuration: the keys that the readers ask for, with what they say of
/// them, and a sentence for each.
package struct ConfigReference {
  let outline = ConfigFile.outline()
  let sections = Self.sections

  package init() {}

  private static let sections =
    rootSections + probingSections + agentSections + routingSections + receiverSections
    + chatSections + sharedSections

  /// The paths of all keys that are read, as in `mcps[].probe.depth`. A twin `KEY_file` goes with
  /// its key.
  package var asked: Set<String> {
    Set(outline.keys.filter { !$0.isNotYet && isKey($0) }.map(\.path))
  }

  /// The paths of all keys that the tables have, and of what these stand in.
  package var explained: Set<String> {
    var paths: Set<String> = []
    for section in sections {
      for (place, key) in pairs(section.paths, section.keys.flatMap(\.names)) {
        var path = place.joined(path: key)
        // One section may have a key that is not yet there in another of its places.
        if outline[path]?.isNotYet == true { continue }
        while path != place, !path.isEmpty {
          paths.insert(path.withoutEntry)
          path = path.parent
        }
      }
    }
    return paths
  }

  /// Values that are shown for keys that are not there; each can be written as it is.
  package var defaults: [(path: String, value: String)] {
    sections.flatMap { section in
      pairs(section.paths, section.keys).compactMap { place, key in
        guard case .value(let text)? = key.unset, let name = key.names.first else { return nil }
        return (place.joined(path: name), text)
      }
    }
  }

  /// The names of templates that are shown for texts that are not there.
  package var templates: [String] {
    sections.flatMap(\.keys).compactMap { key in
      if case .template(let name)? = key.unset { name } else { nil }
    }
  }

  /// The paths of keys that are refused.
  package var notYet: [String] { outline.keys.filter(\.isNotYet).map(\.path) }

  /// The paths of keys of which it is said both that they must be there and what holds without.
  package var contradictions: [String] {
    sections.flatMap { section in
      pairs(section.paths, section.keys).flatMap { place, key in
        key.names.map { place.joined(path: $0) }.filter { path in
          key.unset != nil && outline[path]?.missing != nil
        }
      }
    }
  }

  /// Lines of tables whose keys, in all their places, do not take the same.
  package var disagreements: [String] {
    sections.flatMap { section in
      section.keys.filter { key in
        let paths = pairs(section.paths, key.names).map { $0.joined(path: $1) }
        // What repeats itself is not looked into.
        let found = paths.filter { !Outline.repeats($0) }.compactMap { outline[$0] }
        let said = found.filter { !$0.isNotYet }.map { [takes($0.path), $0.missing ?? ""] }
        return Set(said).count > 1
      }.map { "\(section.title): \($0.names.joined(separator: ", "))" }
    }
  }

  /// The file that holds what may stand under a key.
  func twin(of path: String) -> String? {
    let name = path + "_file"
    guard case .secretFile? = outline[name]?.takes else { return nil }
    return name
  }

  private func isKey(_ key: Outline.Key) -> Bool {
    let isEntry = key.path.hasSuffix("[]") || key.path.name == Outline.anyKey
    guard !key.path.isEmpty, !isEntry else { return false }
    guard case .secretFile? = key.takes, key.path.hasSuffix("_file") else { return true }
    return outline[String(key.path.dropLast("_file".count))] == nil
  }

  private func pairs<T>(_ places: [String], _ keys: [T]) -> [(String, T)] {
    places.flatMap { place in keys.map { (place, $0) } }
  }
}

extension String {
  /// The path of what stands at `path` below this one.
  func joined(path: String) -> String { isEmpty ? path : "\(self).\(path)" }

  /// The path without its last key.
  var parent: String {
    lastIndex(of: ".").map { String(self[..<$0]) } ?? ""
  }

  /// The last key of a path.
  var name: String {
    lastIndex(of: ".").map { String(self[index(after: $0)...]) } ?? self
  }

  /// The path of the list or mapping that this is an entry of; else the same.
  fileprivate var withoutEntry: String {
    if hasSuffix("[]") { return String(dropLast(2)) }
    return name == Outline.anyKey ? parent : self
  }
}
