import Glibc
import PromQL
import SampleStore
import Signals
import Threading

/// Measures the store and the evaluator on the shapes of performance.md 4.
///
/// usage: RulesBenchmark FILE [PORT]: a line of the file is `GROUP<tab>EXPRESSION`
///
/// Prints a line for each figure: its name, a tab, the number; then serves the store on the port.
@main struct RulesBenchmark {
  static func main() async throws {
    ProcessSetup.shareHeap()
    guard CommandLine.arguments.count > 1, let rules = Rules(path: CommandLine.arguments[1]) else {
      print("usage: RulesBenchmark FILE [PORT]")
      exit(64)
    }
    var store = SyntheticStore(mcps: 1000)
    measureFilling(&store)
    measureRules(rules, store)
    guard CommandLine.arguments.count > 2, let port = Int(CommandLine.arguments[2]) else { return }
    report("serving", Double(SyntheticStore.end) / 1000)
    try await ServedStore(look: store.head.snapshot).serve(port: port)
  }

  private static let rounds = 5

  /// An hour of the two counters at 15 s, then six minutes of everything each second.
  static func measureFilling(_ store: inout SyntheticStore) {
    let second: Int64 = 1000
    for slot in stride(from: -3600, to: -360, by: 15) {
      store.churn()
      store.append(at: SyntheticStore.end + Int64(slot) * second, countersOnly: true)
    }
    let before = store.appended
    var cost = 0.0
    for slot in -360...0 {
      store.churn()
      let start = cpuSeconds()
      store.append(at: SyntheticStore.end + Int64(slot) * second)
      _ = store.head.snapshot
      cost += cpuSeconds() - start
    }
    report("append, ns a sample", cost / Double(store.appended - before) * 1e9)
    var head = store.head
    head.truncate(at: SyntheticStore.end)
    report("bytes a sample", Double(head.figures.bytes) / Double(head.figures.appended))
    let start = cpuSeconds()
    for _ in 0..<1000 { _ = store.head.snapshot }
    report("snapshot, us", (cpuSeconds() - start) * 1e3)
  }

  static func measureRules(_ rules: Rules, _ store: SyntheticStore) {
    var totals: [String: Double] = [:]
    let snapshot = store.head.snapshot
    let start = cpuSeconds()
    for rule in rules.all { _ = rule.evaluate(over: snapshot) }  // works out what labels imply
    report("rules, all for the first time, ms", (cpuSeconds() - start) * 1e3)
    for rule in rules.all {
      var costs: [Double] = []
      for _ in 0..<rounds {
        let start = cpuSeconds()
        _ = rule.evaluate(over: snapshot)
        costs.append(cpuSeconds() - start)
      }
      costs.sort()
      totals[rule.group, default: 0] += costs[rounds / 2]
    }
    for (group, cost) in totals.sorted(by: { $0.key < $1.key }) {
      report("rules, \(group), ms", cost * 1e3)
    }
    report("rules, all, ms", totals.values.reduce(0, +) * 1e3)
  }

  static func report(_ name: String, _ figure: Double) {
    print("\(name)\t\(figure)")
    fflush(nil)
  }

  static func cpuSeconds() -> Double {
    Double(clock()) / Double(CLOCKS_PER_SEC)
  }
}
