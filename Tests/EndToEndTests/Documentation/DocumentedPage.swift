import Foundation
import TestSupport

/// A fenced block of a page.
struct DocumentedBlock: Equatable, Sendable {
  /// The first word after the fence.
  var language: String
  /// The words after it: `exit=1`, `not-run="needs systemd"`.
  var options: [String: String]
  var text: String
  /// Of the opening fence.
  var line: Int
  /// Which heading it stands below, counted from the page's top.
  var section: Int
}

/// A page of Markdown, taken apart as far as its tests need.
struct DocumentedPage: Equatable, Sendable {
  var path: String
  var blocks: [DocumentedBlock] = []
  var headings: [String] = []
  /// What is not in a fence, with the number of its line.
  var prose: [ProseLine] = []
  /// What cannot be a block that is run: `README.md:3: ...`.
  var problems: [String] = []

  struct ProseLine: Equatable, Sendable {
    var number: Int
    var text: String
  }

  init(path: String, text: String) {
    self.path = path
    var open: DocumentedBlock?
    var body: [String] = []
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      let number = index + 1
      if line.trimmingCharacters(in: .whitespaces).hasPrefix("```") {
        if !line.hasPrefix("```") { problem(number, "a fence begins its line") }
        if var block = open {
          block.text = body.map { $0 + "\n" }.joined()
          blocks.append(block)
          open = nil
        } else {
          open = opened(line, at: number)
          body = []
        }
      } else if open != nil {
        body.append(line)
      } else {
        add(prose: line, number)
      }
    }
    if let open { problem(open.line, "a fence without its end") }
  }

  private mutating func add(prose line: String, _ number: Int) {
    let isCode = line.hasPrefix("    ") || line.hasPrefix("\t")
    let followsGap = prose.last.map { $0.text.isEmpty || $0.number < number - 1 } ?? true
    if isCode && followsGap { problem(number, "an indented block: give it a fence and a language") }
    prose.append(ProseLine(number: number, text: line))
    let marks = line.prefix { $0 == "#" }.count
    guard (1...6).contains(marks), line.dropFirst(marks).hasPrefix(" ") else { return }
    headings.append(line.dropFirst(marks).trimmingCharacters(in: .whitespaces))
  }

  private mutating func opened(_ fence: String, at line: Int) -> DocumentedBlock {
    let info = fence.drop { $0 == " " || $0 == "`" }
    let language = info.prefix { $0 != " " }
    var block = DocumentedBlock(
      language: String(language), options: [:], text: "", line: line, section: headings.count)
    let rest = info.dropFirst(language.count)
    let option = /\s+([a-z-]+)=(?:"([^"]*)"|(\S+))/
    for found in rest.matches(of: option) {
      block.options[String(found.1)] = String(found.2 ?? found.3 ?? "")
    }
    if !rest.replacing(option, with: "").allSatisfy({ $0 == " " }) {
      problem(line, "'\(rest)': options are NAME=VALUE")
    }
    return block
  }

  private mutating func problem(_ line: Int, _ sentence: String) {
    problems.append("\(path):\(line): \(sentence)")
  }
}

extension DocumentedPage {
  /// Pages whose blocks are run, by path from the top of the checkout.
  static let all: [DocumentedPage] = {
    let fixed = ["README.md", "CONTRIBUTING.md", "rules/README.md", "grafana/README.md"]
    let docs = FileManager.default.enumerator(atPath: projectRoot.appending(path: "docs").path)
    let found = (docs?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".md") }
    return (fixed + found.sorted().map { "docs/\($0)" }).compactMap { DocumentedPage(at: $0) }
  }()

  /// `nil`: there is no such file.
  init?(at path: String) {
    let url = projectRoot.appending(path: path)
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
    self.init(path: path, text: text)
  }
}
