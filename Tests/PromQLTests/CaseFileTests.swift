import Foundation
import PromQLTesting
import Testing
import Threading

/// Our own evaluations, in the language of Prometheus's engine tests.
@Suite struct CaseFiles {
  static let files: [String] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Cases")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".test") }.sorted()
      .map { folder.appendingPathComponent($0).path }
  }()

  @Test func thereAreSome() { #expect(Self.files.count >= 7) }

  @Test(arguments: files) func hold(file: String) async throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let name = URL(fileURLWithPath: file).lastPathComponent
    let report: Report? = await withCheckedContinuation { waiter in
      let thread = NamedThread("cases", stackBytes: 16 << 20) {
        var report = Report()
        report.run(text, of: name)
        waiter.resume(returning: report)
      }
      if thread == nil { waiter.resume(returning: nil) }
    }
    #expect(report?.lines == [])
    #expect((report?.passed ?? 0) > 0)
  }
}
