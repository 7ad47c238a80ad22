import Foundation
import PromQL
import TestSupport
import Testing

/// Our engine and Debian's Prometheus 2.42 over the same samples: equal, or explained.
@Suite(
  .serialized,
  .enabled(
    if: Peer.isInstalled("prometheus"), "no prometheus on PATH: nothing to compare with"),
  .timeLimit(.minutes(30)))
struct PrometheusComparison {
  static let cases = SharedCases.data("promql-compliance-queries.json")

  @Test(.enabled(if: cases != nil, "no ../shared/cases: the compliance queries are not asked"))
  func answersTheComplianceQueries() async throws {
    let queries = try JSONDecoder().decode(ComplianceQueries.self, from: try #require(Self.cases))
    #expect(queries.queries.count == 539)
    let questions = queries.queries.map { one in
      Question(
        query: one.query,
        times: .range(
          from: SampleGrid.firstQuery, through: SampleGrid.firstQuery + 600, step: 10))
    }
    let report = try await compared(questions.enumerated().map { (UInt64($0), $1) })
    #expect(report.unexplained == [])
    print("compliance: \(report)")
    let failing = Set(queries.queries.filter(\.should_fail).map(\.query))
    #expect(failing.subtracting(report.failed).count == 2, "~invalid is a name in 3.x")
    #expect(report.failed.isSubset(of: failing))
  }

  @Test func answersGeneratedExpressions() async throws {
    let environment = ProcessInfo.processInfo.environment
    let count =
      environment["COMPARISONS"].flatMap { UInt64($0) }
      ?? (environment["TORTURE"] == "1" ? 4_000 : 200)
    let first = environment["COMPARISON_SEED"].flatMap { UInt64($0) } ?? 1
    let seeds = first..<(first + count)
    let report = try await compared(seeds.map { ($0, ExpressionGenerator.question(seed: $0)) })
    #expect(report.unexplained == [])
    print("generated: \(report)")
    if count >= 200 { #expect(report.share > 60) }
  }

  private func compared(_ questions: [(seed: UInt64, Question)]) async throws -> Report {
    let scratch = try Scratch()
    let data = SampleData(seed: 20_240_042)
    let server = try await PrometheusServer.started(with: data.series, in: scratch)
    let source = data.source
    var report = Report()
    for (seed, question) in questions {
      let ours = question.answered(over: source)
      let theirs = try await server.ask(question)
      report.add(question, seed: seed, ours: ours, theirs: theirs, over: source)
    }
    try await server.stop()
    return report
  }
}

private struct ComplianceQueries: Decodable {
  struct Query: Decodable {
    var query: String
    var should_fail: Bool
  }

  var queries: [Query]
}

/// What came of many questions.
struct Report: CustomStringConvertible {
  var asked = 0
  var filled = 0
  var failed: Set<String> = []
  var explained: [String: Int] = [:]
  var unexplained: [String] = []

  /// Questions with something in both answers, in percent.
  var share: Int { asked == 0 ? 0 : filled * 100 / asked }

  mutating func add(
    _ question: Question, seed: UInt64, ours: Answer, theirs: Answer, over source: MemorySource
  ) {
    asked += 1
    if !ours.isEmpty { filled += 1 }
    if case .failure = ours { failed.insert(question.query) }
    guard let difference = question.difference(ours, theirs) else {
      return
    }
    let differing = DifferingAnswers(question: question, ours: ours, theirs: theirs, source: source)
    if let known = KnownDifference.all.first(where: { $0.explains(differing) }) {
      explained[known.reason, default: 0] += 1
    } else {
      unexplained.append(
        "seed \(seed): \(question)\n    \(difference)\n    \(ours.errorText) | \(theirs.errorText)")
    }
  }

  var description: String {
    let known = explained.sorted { $0.key < $1.key }.map { ", \($0.value) × \($0.key)" }.joined()
    return "\(asked) asked, \(share) % with a result, \(failed.count) errors, "
      + "\(unexplained.count) unexplained\(known)"
  }
}

extension Question {
  func difference(_ ours: Answer, _ theirs: Answer) -> String? {
    Comparison(isOrdered: isSorted).difference(ours: ours, theirs: theirs)
  }

  /// Whether a vector's order is part of the answer.
  private var isSorted: Bool {
    guard case .call(let call)? = (try? Expression(parsing: query))?.unwrapped else { return false }
    return ["sort", "sort_desc"].contains(call.function.name)
  }
}

extension Answer {
  var errorText: String {
    if case .failure(let kind, let message) = self { "\(kind): \(message)" } else { "" }
  }
}

/// What the test finds beside it, or not.
enum Peer {
  static func isInstalled(_ program: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }
}
