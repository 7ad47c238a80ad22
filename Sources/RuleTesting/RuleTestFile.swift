package import Signals

/// A file of promtool's unit tests of rules, as typed.
package struct RuleTestFile: Equatable, Sendable {
  /// Patterns of file names; relative ones begin at the file's directory.
  package var ruleFiles: [String] = []
  /// How often the rules are evaluated; also the step of subqueries that name none.
  package var evaluationInterval: Duration = .seconds(60)
  /// `group_eval_order`: groups that are evaluated one after another.
  package var groupOrder: [String] = []
  /// Whether a value may be off by the last bit.
  package var isFuzzy = false
  package var tests: [RuleTest] = []

  package init() {}
}

/// Series, and what the rules and expressions must make of them.
package struct RuleTest: Equatable, Sendable {
  package struct InputSeries: Equatable, Sendable {
    /// `up{job="a"}`
    package var series: String
    /// `1 2+3x4 _ stale`
    package var values: String

    package init(series: String, values: String) {
      self.series = series
      self.values = values
    }
  }

  /// Empty when it has none.
  package var name = ""
  /// Between the values of a series; `nil`: the file's evaluation interval.
  package var interval: Duration?
  /// When the clock begins. Times of checks are counted from here.
  package var start = Timestamp(milliseconds: 0)
  package var series: [InputSeries] = []
  package var externalLabels: [Label] = []
  package var externalURL = ""
  package var alertChecks: [AlertCheck] = []
  package var expressionChecks: [ExpressionCheck] = []

  package init() {}
}

/// Which alerts of a name must fire at a time: these, in any order, and no others.
package struct AlertCheck: Equatable, Sendable {
  package var time: Duration = .zero
  /// Empty: the check is wrong.
  package var alertName = ""
  /// Without the label `alertname`.
  package var alerts: [AlertFace] = []

  package init() {}
}

/// What of an alert is compared. Labels with an empty value count.
package struct AlertFace: Equatable, Sendable {
  /// Sorted by name.
  package var labels: [Label]
  /// Sorted by name.
  package var annotations: [Label]

  package init(labels: [Label] = [], annotations: [Label] = []) {
    self.labels = labels
    self.annotations = annotations
  }
}

/// What an expression must give at a time: these samples, in any order, and no others.
package struct ExpressionCheck: Equatable, Sendable {
  package struct ExpectedSample: Equatable, Sendable {
    /// `up{job="a"}`; empty: no labels.
    package var labels: String
    package var value: Double
    /// It is a native histogram, which nothing here compares.
    package var isHistogram: Bool

    package init(labels: String = "", value: Double = 0, isHistogram: Bool = false) {
      self.labels = labels
      self.value = value
      self.isHistogram = isHistogram
    }
  }

  package var expression = ""
  package var time: Duration = .zero
  package var samples: [ExpectedSample] = []

  package init() {}
}
