package import PromQL
package import Signals

/// What an alert's templates may see: one alert of one evaluation.
package struct TemplateContext {
  /// `$labels`: of the result, its metric name among them.
  package var labels: LabelSet
  /// `$value`
  package var value: Double
  /// `$externalLabels`
  package var externalLabels: [Label]
  /// `$externalURL`, without a slash at its end.
  package var externalURL: String
  /// What `now` gives, and when `query` is evaluated.
  package var now: Timestamp
  /// An instant query for the template; an empty list also stands for no result.
  package var query: (String) throws(TemplateError) -> [TemplateSample]

  package init(
    labels: LabelSet, value: Double, externalLabels: [Label], externalURL: String, now: Timestamp,
    query: @escaping (String) throws(TemplateError) -> [TemplateSample]
  ) {
    self.labels = labels
    self.value = value
    self.externalLabels = externalLabels
    self.externalURL = externalURL
    self.now = now
    self.query = query
  }
}

/// An element of a query's result, as `query` gives it to a template.
package struct TemplateSample: Equatable, Sendable {
  package var labels: LabelSet
  package var value: Double

  package init(labels: LabelSet, value: Double) {
    self.labels = labels
    self.value = value
  }
}

/// What is wrong with a template, in Go's and Prometheus's words.
package struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}

/// A template of Go's language, parsed.
package struct Template: Sendable {
  /// `name` is for errors: `__alert_McpDown`. `$labels`, `$value`, `$externalLabels` and
  /// `$externalURL` are known.
  package init(parsing text: String, name: String) throws(TemplateError) {}

  /// The text for one alert.
  package func expanded(with context: TemplateContext) throws(TemplateError) -> String { "" }
}
