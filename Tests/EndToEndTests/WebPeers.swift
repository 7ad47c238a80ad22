import Foundation
import TestSupport
import Testing

/// Peers of the web server that behave badly: `Fixtures/web_load.py`.
struct WebPeers {
  let process: ChildProcess

  init(
    _ kind: String, of agent: AgentProcess, _ numbers: [Int] = [], input: URL? = nil,
    in scratch: Scratch
  ) throws {
    process = try ChildProcess(
      "python3",
      [fixture("web_load.py").path, "\(agent.http.port)", kind] + numbers.map(String.init),
      name: kind, in: scratch, input: input)
  }

  /// What became of them, at their end.
  func found() async throws -> JSON {
    let status = try await process.exitStatus(within: .seconds(180))
    #expect(status == 0, "\(process.errors)")
    let line = process.output.split(separator: "\n").last ?? ""
    return try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
  }

  /// The statuses that each of these requests was answered with, on a connection of its own.
  static func statuses(
    of requests: [String], from agent: AgentProcess, in scratch: Scratch
  ) async throws -> [[Int]] {
    let input = try scratch.newFile("requests")
    try JSONEncoder().encode(requests).write(to: input)
    let found = try await Self("raw", of: agent, input: input, in: scratch).found()
    return found.array.map { $0.array.compactMap { $0.number.map(Int.init) } }
  }
}

/// How late probes started and how many were skipped, from one look to another.
struct ProbeTimes {
  /// Probes by the upper bound of how late they were; cumulative.
  private let lag: [Double: Double]
  let skipped: Double
  let made: Double

  init(_ page: MetricsPage) {
    let buckets = page.samples.filter {
      $0.name == "breakwater_probe_schedule_lag_seconds_bucket"
    }
    lag = buckets.reduce(into: [:]) { found, sample in
      found[Double(sample.labels["le"] ?? "") ?? .infinity] = sample.value
    }
    skipped = page.values("breakwater_probes_skipped_total", by: []).values.reduce(0, +)
    made = page.probes
  }

  private init(lag: [Double: Double], skipped: Double, made: Double) {
    (self.lag, self.skipped, self.made) = (lag, skipped, made)
  }

  static func - (later: Self, earlier: Self) -> Self {
    Self(
      lag: later.lag.merging(earlier.lag) { $0 - $1 }, skipped: later.skipped - earlier.skipped,
      made: later.made - earlier.made)
  }

  /// The bound that this part of the probes was not later than, in seconds.
  func lag(_ part: Double) -> Double {
    let all = lag[.infinity] ?? 0
    return lag.filter { $0.value >= part * all }.keys.min() ?? .infinity
  }
}

extension ProbeTimes: CustomStringConvertible {
  var description: String {
    let quantiles = [0.5, 0.9, 0.99, 1].map { "\($0): \(lag($0)) s" }.joined(separator: ", ")
    return "\(Int(made)) probes, late by \(quantiles); \(Int(skipped)) skipped"
  }
}
