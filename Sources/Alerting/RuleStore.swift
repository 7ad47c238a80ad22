package import PromQL
package import Signals

/// Where rules read samples and write their own: the agent's head, or the memory of a unit test.
package protocol RuleStore {
  /// Everything that was written so far, a rule's own results of this evaluation among it.
  var samples: any SampleSource { get }

  /// Writes a rule's whole result; a series that it had the last time and has not now ends with a
  /// stale marker. Series that cannot be written are left out and counted by the store.
  mutating func write(_ result: [RuleSample], of rule: RuleKey, at time: Timestamp)
}

/// A series that a rule writes, and its value.
package struct RuleSample: Equatable, Sendable {
  package var labels: LabelSet
  package var value: Double

  package init(labels: LabelSet, value: Double) {
    self.labels = labels
    self.value = value
  }
}

/// What the evaluation of rules depends on beside the rules and the samples.
package struct RuleEnvironment {
  package var engine: EngineOptions
  package var externalLabels: [Label]
  /// Without a slash at its end.
  package var externalURL: String
  /// How long after it was sent a firing alert is sent again.
  package var resendDelay: Duration
  /// A rule that takes longer is given up and fails.
  package var timeout: Duration
  /// Tells how long evaluations take.
  package var stopwatch: () -> MonotonicInstant
  /// Told the mark of each rule before it is evaluated, and `nil` after it.
  package var inHand: (String?) -> Void = { _ in }

  package init(
    engine: EngineOptions, externalLabels: [Label] = [], externalURL: String = "",
    resendDelay: Duration = .seconds(60), timeout: Duration = .seconds(10),
    stopwatch: @escaping () -> MonotonicInstant = { MonotonicInstant(nanoseconds: 0) }
  ) {
    self.engine = engine
    self.externalLabels = externalLabels
    self.externalURL = externalURL
    self.resendDelay = resendDelay
    self.timeout = timeout
    self.stopwatch = stopwatch
  }

  /// Whether a rule that begins now may go on, asked now and then.
  var mayContinue: () -> Bool {
    let end = stopwatch().advanced(by: timeout)
    return { [stopwatch] in stopwatch() < end }
  }
}
