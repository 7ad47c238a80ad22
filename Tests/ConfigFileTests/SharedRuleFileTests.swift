import ConfigFile
import Foundation
import TestSupport
import Testing

/// The rule files of Prometheus's own tests, where they are beside the project.
struct SharedRuleFileTests {
  struct Case: Decodable, CustomTestStringConvertible {
    var kind: String
    var file: String
    var expect: String
    var error_contains: String?

    var testDescription: String { file }
  }

  static let cases: [Case] = {
    guard let data = SharedCases.data("promtool/index.json") else { return [] }
    let all = (try? JSONDecoder().decode([Case].self, from: data)) ?? []
    return all.filter { $0.kind == "rulefile" }
  }()

  @Test(.enabled(if: !cases.isEmpty, "no ../shared/cases/promtool/index.json"))
  func everyFileIsJudgedAsPrometheusDoes() throws {
    #expect(Self.cases.count >= 12)
    for one in Self.cases {
      let path = SharedCases.root.appending(path: "promtool/\(one.file)").path()
      do {
        let file = try RuleFile.load(path: path)
        // Prometheus 3 takes any UTF-8 for a name, unless it is told not to.
        let isValid = one.expect.hasPrefix("valid") || one.expect.contains("only under legacy")
        #expect(isValid, "\(one.file) is taken for valid")
        #expect(file.rulesCount > 0)
      } catch {
        #expect(one.expect == "invalid", "\(error)")
        #expect(error.description.contains(one.error_contains ?? "?"), "\(error)")
      }
    }
  }

  @Test(.enabled(if: !cases.isEmpty, "no ../shared/cases/promtool/index.json"))
  func theFilesOfUnitTestsAndScenariosAreRead() throws {
    for folder in ["unit", "scenarios"] {
      let directory = SharedCases.root.appending(path: "promtool/\(folder)")
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.path())
        .filter { $0.hasSuffix(".rules.yml") || ["rules.yml", "at-modifier.yml"].contains($0) }
      #expect(names.count >= 2)
      for name in names {
        #expect(throws: Never.self, "\(name)") {
          try RuleFile.load(path: directory.appending(path: name).path())
        }
      }
      guard folder == "unit" else { continue }
      let bad = directory.appending(path: "bad-rules-syntax.yml").path()
      let failure = #expect(throws: ConfigProblems.self) { try RuleFile.load(path: bad) }
      #expect(
        failure?.description.hasSuffix(
          ":7:22: group \"bad-syntax\", rule 1, \"x\": could not parse expression: 1:7: "
            + "parse error: unexpected end of input") == true)
    }
  }
}
