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
  /// The same in Go's words alone: without Prometheus's `error parsing template NAME: `.
  package var detail: String
  /// Whether it would have cost or written too much, and less data might do.
  package var isBound = false

  package init(_ description: String) {
    self.description = description
    detail = description
  }

  /// Of a message's template, without more words.
  init(_ error: GoError) {
    self.init(error.text)
    isBound = error.isBound
  }

  init(_ before: String, _ detail: String) {
    description = before + detail
    self.detail = detail
  }
}

/// Makes a text that is no markup fit for where it is written.
package typealias TextEscaping = (String) -> String

/// What the functions of a template ask of the world.
package struct TemplateEnvironment {
  /// As `TemplateContext` has them.
  package var externalURL: String
  package var now: Timestamp
  package var query: (String) throws(TemplateError) -> [TemplateSample]
  /// The clocks of a place.
  package var zone: (String) -> TimeZoneRules?
  /// What makes a text of no markup fit for the output.
  package var escaping: TextEscaping

  package init(
    externalURL: String, now: Timestamp, zone: @escaping (String) -> TimeZoneRules? = { _ in nil },
    escaping: @escaping TextEscaping = { $0 },
    query: @escaping (String) throws(TemplateError) -> [TemplateSample]
  ) {
    self.externalURL = externalURL
    self.now = now
    self.zone = zone
    self.escaping = escaping
    self.query = query
  }
}

/// A template of Go's language, parsed.
package struct Template: Sendable {
  /// What a key gives that its map does not have: Go's option `missingkey`.
  package enum MissingKey: Sendable {
    /// No value at all, printed as `<no value>`.
    case none
    /// What is empty in the map's type. Prometheus has it so.
    case zero
    case error
  }

  let name: String
  /// By which `definitions` has the text itself.
  let start: String
  let definitions: Definitions
  /// The whole text when there is nothing in it to execute.
  let plain: String?
  let missingKey: MissingKey
  let dialect: Dialect

  /// For labels and annotations of alerts. `name` is for errors: `__alert_McpDown`. `$labels`,
  /// `$value`, `$externalLabels` and `$externalURL` are known.
  package init(parsing text: String, name: String) throws(TemplateError) {
    try self.init(Self.prelude, text, name: name, missingKey: .zero)
  }

  /// Any template, without variables that are known before.
  package init(
    parsing text: String, name: String, missingKey: MissingKey
  ) throws(TemplateError) {
    try self.init("", text, name: name, missingKey: missingKey)
  }

  private init(
    _ prelude: String, _ text: String, name: String, missingKey: MissingKey
  ) throws(TemplateError) {
    let before = "error parsing template \(name): "
    guard text.utf8.count <= TemplateLimits.textBytes else {
      let limit = TemplateLimits.textBytes
      throw TemplateError(before, "template: \(name): the text is longer than \(limit) bytes")
    }
    self.name = name
    start = name
    self.missingKey = missingKey
    dialect = .alerts
    plain = text.utf8.contains(UInt8(ascii: "{")) ? nil : text
    do throws(GoError) {
      definitions = try Parser.definitions(
        of: Array((prelude + text).utf8), name: name, dialect: .alerts)
    } catch {
      throw TemplateError(before, error.text)
    }
  }

  /// What the text of a message is called among those that it may call.
  static let unnamed = ""

  /// Of messages. `definitions` has one for `text`, by `unnamed`.
  init(name: String, definitions: Definitions, text: String) {
    self.name = name
    start = Self.unnamed
    self.definitions = definitions
    plain = text.utf8.contains(UInt8(ascii: "{")) ? nil : text
    missingKey = .zero
    dialect = .messages
  }

  /// What stands before the text of an alert: errors count its columns, as Prometheus's do.
  private static let prelude =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
    + "{{$externalURL := .ExternalURL}}{{$value := .Value}}"

  /// The text for one alert.
  package func expanded(with context: TemplateContext) throws(TemplateError) -> String {
    if let plain { return plain }
    let data = Structure(fields: [
      .init("Labels", "map[string]string", .map(Entries(context.labels.labels))),
      .init("ExternalLabels", "map[string]string", .map(Entries(context.externalLabels))),
      .init("ExternalURL", "string", .text(context.externalURL)),
      .init("Value", "interface {}", .any(.float(context.value))),
    ])
    return try executed(
      on: .structure(data),
      in: TemplateEnvironment(
        externalURL: context.externalURL, now: context.now, query: context.query))
  }

  /// The text for any data.
  package func executed(
    on data: TemplateValue, in environment: TemplateEnvironment
  ) throws(TemplateError) -> String {
    var execution = Execution(self, environment, data)
    do throws(GoError) {
      return try execution.run(data)
    } catch {
      throw TemplateError("error executing template \(name): ", error.text)
    }
  }
}

/// An error in the words of Go's packages, before it is known where it happened.
struct GoError: Error {
  var text: String
  /// Whether a bound was met.
  var isBound = false
  /// Whether the text says where.
  var isPlaced = false

  init(_ text: String, isBound: Bool = false) {
    self.text = text
    self.isBound = isBound
  }
}
