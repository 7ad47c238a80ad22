import Foundation
import TestSupport

extension DocumentationBench {
  /// Why a block is not as its page says.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// What is wrong with a page's blocks, run in their order.
  func failures(of page: DocumentedPage) async -> [String] {
    var failures: [String] = []
    var printed: (section: Int, output: String)?
    for block in page.blocks where block.isRun && block.complaint == nil {
      do {
        if block.language == "text" {
          try show(block, printed?.section == block.section ? printed?.output : nil)
        } else if let output = try await run(block) {
          printed = (block.section, output)
        }
      } catch {
        failures.append("\(page.path):\(block.line): \(error)")
      }
    }
    return failures
  }

  /// Gives what a command has printed.
  private func run(_ block: DocumentedBlock) async throws -> String? {
    switch DocumentedLanguage(rawValue: block.language) {
    case .sh: return try await run(command: block)
    case .sql: return try await run(sql: block)
    case .yaml: try await load(block)
    case .promql: try await ask(block)
    case .json: _ = try JSONDecoder().decode(JSON.self, from: Data(block.text.utf8))
    case .swift: try find(block)
    case .text, nil: break
    }
    return nil
  }

  private func run(command block: DocumentedBlock) async throws -> String? {
    if let address = block.options["background"] {
      try await start(block.text, answering: address)
      return nil
    }
    if DocumentedNeeds.asksAgent(block.text) { try await startAgent() }
    try scratch.write("agent.pid", agentsProcess.map { "\($0)\n" } ?? "")
    return try await expect(
      shell(block.text), exit: block.options["exit"].flatMap { Int32($0) } ?? 0)
  }

  private func run(sql block: DocumentedBlock) async throws -> String {
    let kind = block.options["in"].flatMap(DocumentedDatabase.init) ?? .agent
    let database = try await database(kind)
    guard let cluster else { throw Failure(description: "no Postgres") }
    let file = try scratch.write(newFile("sql"), real(block.text))
    let url = cluster.url(database: database)
    return try await expect(
      runCommand(
        "psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file.path, url], in: scratch))
  }

  private func ask(_ block: DocumentedBlock) async throws {
    try await startAgent()
    for query in block.text.components(separatedBy: "\n\n") {
      let answer = try await runCommand(
        "promtool", ["query", "instant", "http://127.0.0.1:\(port)", query], in: scratch)
      _ = try expect(answer)
    }
  }

  private func load(_ block: DocumentedBlock) async throws {
    let kind =
      block.options["for"].flatMap(ConfigurationKind.init) ?? ConfigurationKind(of: block.text)
    if kind == .grafana { return try shipped(block) }
    let isFile = block.options["file"] != nil
    let file = block.options["file"] ?? newFile("yml")
    try scratch.write(file, real(isFile ? block.text : whole(block.text, for: kind)))
    for tool in kind.tools {
      let result = try await shell("\(tool) \(file)")
      _ = try expect(result, exit: block.options["exit"].flatMap { Int32($0) } ?? 0)
    }
  }

  /// What is shown of a provisioning file is there.
  private func shipped(_ block: DocumentedBlock) throws {
    let top = projectRoot.appending(path: "grafana")
    let names = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
    for name in names ?? [] where name.hasSuffix(".yml") {
      let text = try String(contentsOf: top.appending(path: name), encoding: .utf8)
      if text.contains(block.text) { return }
    }
    throw Failure(description: "no file below grafana/ has these lines")
  }

  /// The lines are in a test, which compiles and runs them.
  private func find(_ block: DocumentedBlock) throws {
    let file = projectRoot.appending(path: "Tests/PromQLTests/DocumentedUseTests.swift")
    let tested = try String(contentsOf: file, encoding: .utf8)
    guard SwiftSnippet.isIn(tested, block.text) else {
      throw Failure(description: "\(file.lastPathComponent) has not these lines")
    }
  }

  private func show(_ block: DocumentedBlock, _ output: String?) throws {
    if let file = block.options["file"] {
      try scratch.write(file, real(block.text))
      return
    }
    guard let output else { return }
    guard OutputShape.says(block.text) else { throw Failure(description: "shows nothing") }
    let missing = OutputShape.missing(from: output, shown: real(block.text))
    guard missing.isEmpty else {
      throw Failure(description: "not printed: \(missing), but:\n\(output)")
    }
  }

  /// What was printed on both streams.
  private func expect(_ result: CommandResult, exit status: Int32 = 0) throws -> String {
    let printed = result.output + result.errors
    guard result.status == status else {
      throw Failure(description: "ended with \(result.status):\n\(printed.prefix(1_500))")
    }
    return printed
  }
}

extension ConfigurationKind {
  /// Who has to take it; the file is their last argument.
  fileprivate var tools: [String] {
    switch self {
    case .breakwater: ["breakwater check config"]
    case .rules: ["breakwater check rules", "promtool check rules"]
    case .ruleTests: ["breakwater test rules", "promtool test rules"]
    case .prometheus: ["promtool check config"]
    case .alertmanager: ["amtool check-config"]
    case .web: ["breakwater check web-config"]
    case .grafana: []
    }
  }
}

/// A block of Swift, found again in a file.
enum SwiftSnippet {
  /// Whether the imports are there, and the other lines one after another at any indentation.
  static func isIn(_ file: String, _ block: String) -> Bool {
    let lines = Self.lines(of: block)
    let rest = lines.filter { !isImport($0) }
    let there = Self.lines(of: file)
    guard !rest.isEmpty, lines.filter(isImport).allSatisfy(there.contains) else { return false }
    return there.indices.contains { there[$0...].starts(with: rest) }
  }

  private static func isImport(_ line: String) -> Bool { line.hasPrefix("import ") }

  private static func lines(of text: String) -> [String] {
    text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }
}
