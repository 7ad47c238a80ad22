/// Who may import what.
enum Imports {
  static let pureTargets: Set = [
    "Signals", "MCPWire", "Breaking", "Agent", "PromQL", "PromQLTesting", "SampleStore",
    "Templates", "Alerting", "Notifications", "RuleTesting",
  ]

  /// Beyond each other; all of them compute and nothing else.
  static let pureLibraries: Set = [
    "BasicContainers", "BitCollections", "Collections", "DequeModule", "HashTreeCollections",
    "HeapModule", "OrderedCollections", "CMath", "Patterns",
  ]

  /// Libraries with one door, and the targets behind which it is.
  static let doors: [(library: String, owners: Set<String>)] = [
    ("CCurl", ["CurlTransport"]),
    ("CRE2", ["Patterns"]),
    ("CBcrypt", ["WebServer"]),
    ("CCrypto", ["CurlTransport", "WebServer"]),
    ("CLibpq", ["PostgresLink"]),
    ("GRDB", ["Journal"]),
    ("Yams", ["ConfigFile"]),
    ("CZlib", ["WebServer"]),
    ("Hummingbird", ["WebServer", "DemoServers"]),
    ("HummingbirdCore", ["WebServer", "DemoServers"]),
    ("NIOSSL", ["WebServer"]),
    ("FoundationNetworking", []),
  ]

  static func violations(in file: SourceFile) -> [Violation] {
    file.code.enumerated().compactMap { index, line in
      guard let module = module(of: line), let message = objection(to: module, in: file.target)
      else { return nil }
      return Violation(path: file.path, line: index + 1, message: message)
    }
  }

  private static func objection(to module: String, in target: String) -> String? {
    if pureTargets.contains(target) {
      return pureTargets.contains(module) || pureLibraries.contains(module) || module == "Swift"
        ? nil : "'import \(module)' in a pure target: use the standard library, or go to an edge"
    }
    guard let door = doors.first(where: { $0.library == module }), !door.owners.contains(target)
    else { return nil }
    let owners = door.owners.sorted().joined(separator: " or ")
    return "'import \(module)': use " + (owners.isEmpty ? "libcurl through CurlTransport" : owners)
  }

  /// The module of an import line, whatever attributes and kinds stand before it.
  static func module(of line: String) -> String? {
    let words = line.split(separator: " ")
    guard let place = words.firstIndex(of: "import"), place < 3, place + 1 < words.count,
      words[..<place].allSatisfy({ $0.hasPrefix("@") || levels.contains($0) })
    else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "typealias"]
    let name = words.dropFirst(place + 1).first { !kinds.contains($0) }
    return name.map { String($0.prefix { $0 != "." }) }
  }

  private static let levels: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
}
