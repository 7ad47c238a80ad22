import Foundation
import Signals
import Templates
import TestSupport
import Testing

/// The same templates over the same data through Debian's amtool: the same output, the same errors.
/// Of 0.25 it has neither the newer functions nor labels that print themselves.
@Suite(
  "Beside amtool", .enabled(if: Amtool.isInstalled, "no amtool on PATH: nothing to ask"),
  .timeLimit(.minutes(10)))
struct AmtoolTests {
  private static let file = """
    top {{ .Receiver }}{{ define "file" }}of a file: {{ .Status }}{{ end }}
    {{ define "wrong" }}{{ .Wrong }}{{ end }}
    """

  @Test func amtoolMakesTheSameOfATemplate() async throws {
    let texts = try CaseFileTests.lines("amtool").map(CaseFileTests.unescaped)
    #expect(texts.count >= 100)
    let scratch = try Scratch()
    let data = try scratch.write("data.json", MessageContext.result(of: "{{ toJson . }}"))
    let file = try scratch.write("data.tmpl", Self.file)
    let library = try TemplateLibrary(
      files: [TemplateLibrary.File(name: "data.tmpl", text: Self.file)])
    for text in texts {
      let theirs = try await runCommand(
        "amtool",
        [
          "template", "render", "--template.glob=\(file.path)", "--template.data=\(data.path)",
          "--template.text=\(text)",
        ], in: scratch)
      let ours = MessageContext.result(of: text, name: "", library: library)
      if theirs.status == 0 {
        #expect(ours == theirs.output, "\(text)")
      } else {
        #expect("amtool: error: \(ours)\n\n" == theirs.errors, "\(text)")
      }
    }
  }
}

private enum Amtool {
  static var isInstalled: Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/amtool")
    }
  }
}
