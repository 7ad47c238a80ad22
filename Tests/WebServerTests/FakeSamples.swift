import PromQL
import Signals
import Synchronization
import WebServer

/// Samples in memory, a fixed time, and a query that can be held up.
final class FakeSamples: QuerySource {
  static let now = Timestamp(milliseconds: 1_435_781_451_781)

  private let memory: MemorySource
  let engineOptions: EngineOptions
  /// Called before samples are handed out, on the query's thread.
  private let beforeSamples: @Sendable () -> Void

  init(
    _ memory: MemorySource = .weather, options: EngineOptions = EngineOptions(),
    beforeSamples: @escaping @Sendable () -> Void = {}
  ) {
    self.memory = memory
    engineOptions = options
    self.beforeSamples = beforeSamples
  }

  func samples() -> any SampleSource & Sendable {
    beforeSamples()
    return memory
  }

  func now() -> Timestamp { Self.now }
}

extension MemorySource {
  static func series(_ pairs: KeyValuePairs<String, String>) -> LabelSet {
    LabelSet(pairs.map { Label(name: $0.key, value: $0.value) })
  }

  /// `mcp_up` of three MCPs, a counter of one, every 15 s for ten minutes up to `FakeSamples.now`.
  static let weather: MemorySource = {
    var memory = MemorySource()
    let last = FakeSamples.now.milliseconds
    for step in 0...40 {
      let time = last - Int64(40 - step) * 15_000
      for (mcp, value) in [("archive", 0.0), ("search", 1), ("weather", 1)] {
        memory.append(series(["__name__": "mcp_up", "mcp": mcp]), time: time, value: value)
      }
      memory.append(
        series(["__name__": "mcp_probes_total", "mcp": "weather", "outcome": "ok"]), time: time,
        value: Double(step) * 3)
    }
    memory.append(
      series(["__name__": "odd", "Team-A": "da\"ta\n", "unité.x": "é"]), time: last, value: 1e21)
    memory.append(series(["__name__": "special", "v": "nan"]), time: last, value: .nan)
    memory.append(series(["__name__": "special", "v": "inf"]), time: last, value: .infinity)
    return memory
  }()
}
