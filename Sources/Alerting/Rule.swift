package import PromQL
package import Signals
package import Templates

/// A label or annotation whose value is a template.
package struct TemplatedLabel: Equatable, Sendable {
  package var name: String
  package var text: String
  package var template: Template

  package init(name: String, text: String, template: Template) {
    self.name = name
    self.text = text
    self.template = template
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.name == rhs.name && lhs.text == rhs.text
  }
}

/// One rule of a file, checked.
package struct Rule: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// Writes its result under a new name.
    case recording
    case alerting(Alerting)
  }

  package struct Alerting: Equatable, Sendable {
    /// `for`
    package var holdDuration: Duration = .zero
    package var keepFiringFor: Duration = .zero
    /// Sorted by name; the group's are among them.
    package var labels: [TemplatedLabel] = []
    /// Sorted by name.
    package var annotations: [TemplatedLabel] = []

    package init() {}
  }

  /// The new metric name, or the value of `alertname`.
  package var name: String
  package var expression: Expression
  /// Sorted by name, as written; the group's are among them.
  package var labels: [Label]
  package var kind: Kind

  package init(name: String, expression: Expression, labels: [Label], kind: Kind) {
    self.name = name
    self.expression = expression
    self.labels = labels
    self.kind = kind
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.name == rhs.name && lhs.labels == rhs.labels && lhs.kind == rhs.kind
      && lhs.expression.description == rhs.expression.description
  }
}

/// Rules that are evaluated together, in order.
package struct RuleGroup: Equatable, Sendable {
  /// The file as the configuration leads to it.
  package var file: String
  /// Unique in its file.
  package var name: String
  /// At least 1 ms.
  package var interval: Duration
  /// Alerts or series that a rule may have; 0 is no limit.
  package var limit: Int
  package var queryOffset: Duration
  package var rules: [Rule]

  package init(
    file: String, name: String, interval: Duration, limit: Int = 0, queryOffset: Duration = .zero,
    rules: [Rule]
  ) {
    self.file = file
    self.name = name
    self.interval = interval
    self.limit = limit
    self.queryOffset = queryOffset
    self.rules = rules
  }

  /// The value of the label `rule_group`, as in Prometheus: `file;name`.
  package var key: String { "\(file);\(name)" }
}
