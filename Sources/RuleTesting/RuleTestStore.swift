import Alerting
import PromQL
import Signals

/// What the rules of one test read and write.
struct RuleTestStore: RuleStore {
  var memory = TestSamples()
  /// Rules whose result was not taken, and why, since this was last emptied.
  var refusals: [RuleKey: TestSamples.Refusal] = [:]
  private var last: [RuleKey: [LabelSet]] = [:]

  var samples: any SampleSource { memory }

  mutating func write(_ result: [RuleSample], of rule: RuleKey, at time: Timestamp) {
    for sample in result {
      do throws(TestSamples.Refusal) {
        try memory.append(sample.labels, time: time.milliseconds, value: sample.value)
      } catch {
        refusals[rule] = error
      }
    }
    let before = last[rule] ?? []
    if before.count == result.count, zip(before, result).allSatisfy({ $0 == $1.labels }) { return }
    let now = result.map(\.labels)
    for gone in Set(before).subtracting(now) {
      // Another rule may have written the series in the meantime: then it has not ended.
      try? memory.append(gone, time: time.milliseconds, value: StaleMarker.value)
    }
    last[rule] = now
  }
}
