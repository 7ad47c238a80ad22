import MCPWire
import Patterns
import Signals

extension ConfigFile {
  private static let checkLimit = 20

  /// Reads `checks` of an MCP.
  static func readChecks(_ value: Value?) -> [ToolCheck] {
    var names = NamesOnce(list: "checks")
    let items = value?.items(atMost: checkLimit) ?? []
    return items.enumerated().compactMap { index, item in
      Section.read(item) { section in
        let check = readCheck(section)
        names.check(check.name, of: section, at: index)
        return check
      }
    }
  }

  /// Names are empty when they are missing or wrong, which is reported.
  private static func readCheck(_ section: Section) -> ToolCheck {
    let tool = section.required("tool")?.text(length: 1...256) ?? ""
    let name = section["name"].map { $0.text(length: 1...100) ?? "" }
    var check = ToolCheck(name: name ?? String(tool.prefix(100)), tool: tool)
    if let arguments = section["arguments"] {
      check.arguments = JSONText.object(arguments) ?? check.arguments
    }
    section.section("expect") { expect in
      check.expectation.isError = expect.flag("is_error") ?? false
      check.expectation.pointer = readPointer(expect)
      check.expectation.matches = readPattern(expect)
      check.expectation.maxDuration = expect.duration("max_duration")
    }
    return check
  }

  private static func readPointer(_ section: Section) -> JSONPointer? {
    guard let value = section["pointer"] else { return nil }
    value.takes(.described("a JSON pointer such as /content/0/text"))
    guard let text = value.text(length: 0...1024) else { return nil }
    let pointer = JSONPointer(text)
    if pointer == nil { value.report("expected a JSON pointer such as /content/0/text") }
    return pointer
  }

  private static func readPattern(_ section: Section) -> Pattern? {
    guard let value = section["matches"] else { return nil }
    value.takes(.described("a regular expression (RE2)"))
    guard let text = value.text() else { return nil }
    do throws(PatternError) {
      return try Pattern(text, limits: .request)
    } catch {
      value.report(error.detail)
      return nil
    }
  }
}
