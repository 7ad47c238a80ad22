import Foundation
import PromQLTesting
import TestSupport
import Testing

/// What is in the index of the files, and where they are.
enum SharedIndex {
  struct Entry: Decodable {
    var file: String
    var line: Int
    var stage: Int
    var expr: String
  }

  static let folder = SharedCases.root.appending(path: "promqltest")

  static let index: [Entry]? = {
    guard let data = SharedCases.data("promqltest/index.json") else { return nil }
    return try? JSONDecoder().decode([Entry].self, from: data)
  }()
}

/// Prometheus's own files, read in place from beside the project, where they are there.
@Suite(.enabled(if: SharedIndex.index != nil, "../shared/cases/promqltest is not there"))
struct SharedScripts {
  private static let lastStageOfTheCore = 6

  /// All that the engine promises: numbers, selectors, aggregations, matching, functions, `@`,
  /// subqueries. What comes later is skipped with its reason, and nothing fails.
  @Test func theCorePassesAndTheRestIsSkipped() async throws {
    let index = try #require(SharedIndex.index)
    let folder = SharedIndex.folder
    var verdicts: [String: Outcome.Verdict] = [:]
    for file in Set(index.map(\.file)) {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      for outcome in try await run(text) { verdicts["\(file):\(outcome.line)"] = outcome.verdict }
    }
    var counts: [Int: (passed: Int, failed: Int, skipped: Int)] = [:]
    for entry in index {
      let place = "\(entry.file):\(entry.line)"
      var count = counts[entry.stage] ?? (0, 0, 0)
      switch verdicts[place] {
      case .passed: count.passed += 1
      case .failed(let why):
        count.failed += 1
        Issue.record("\(place): \(why): \(entry.expr)")
      case .skipped(let why):
        count.skipped += 1
        if entry.stage <= Self.lastStageOfTheCore {
          Issue.record("\(place): skipped: \(why): \(entry.expr)")
        }
      case nil: Issue.record("\(place): not run: \(entry.expr)")
      }
      counts[entry.stage] = count
    }
    #expect(verdicts.count == index.count, "all that is in the files is in the index")
    print("stage passed failed skipped")
    for (stage, count) in counts.sorted(by: { $0.key < $1.key }) {
      print("\(stage): \(count.passed) \(count.failed) \(count.skipped)")
    }
  }

  /// On a thread with the stack that deep expressions need.
  private func run(_ text: String) async throws -> [Outcome] {
    let script = try Script(parsing: text)
    return await withCheckedContinuation { waiter in
      let thread = Thread { waiter.resume(returning: script.run()) }
      thread.stackSize = 16 << 20
      thread.start()
    }
  }
}
