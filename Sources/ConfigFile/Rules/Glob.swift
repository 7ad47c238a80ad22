import Glibc

/// File names by pattern: `*`, `?`, `[a-z]`, and `\` before a character that means itself.
enum Glob {
  /// Whether it may stand for more than one name.
  static func isPattern(_ text: String) -> Bool {
    text.utf8.contains { "*?[".utf8.contains($0) }
  }

  /// Whether every `[` is closed, and something stands behind every `\`.
  static func isWellFormed(_ pattern: String) -> Bool {
    var rest = pattern.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\") && rest.popFirst() == nil { return false }
      guard byte == UInt8(ascii: "[") else { continue }
      if rest.first == UInt8(ascii: "^") || rest.first == UInt8(ascii: "!") { rest.removeFirst() }
      guard rest.popFirst() != nil, let end = rest.firstIndex(of: UInt8(ascii: "]")) else {
        return false
      }
      rest = rest[rest.index(after: end)...]
    }
    return true
  }

  /// The text as a pattern that matches just it.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { pattern, character in
      if "*?[\\".contains(character) { pattern += "\\" }
      pattern.append(character)
    }
  }

  /// The names of what is there, in the order of their bytes. What cannot be looked into is as good
  /// as empty. As Go does it, `*` also stands for names that begin with a dot.
  static func paths(matching pattern: String) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    guard unsafe glob(pattern, GLOB_PERIOD | GLOB_NOSORT, nil, &found) == 0 else { return [] }
    var paths: [String] = []
    let count = unsafe Int(clamping: found.gl_pathc)
    for index in 0..<count {
      guard let path = unsafe found.gl_pathv[index] else { continue }
      paths.append(unsafe String(cString: path))
    }
    return paths.filter { !isDirectoryItself($0) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isDirectoryItself(_ path: String) -> Bool {
    let last = path.split(separator: "/").last
    return last == "." || last == ".."
  }
}
