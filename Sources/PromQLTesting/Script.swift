/// A file in the language of Prometheus's engine tests (`promqltest`): commands, in order.
package struct Script: Sendable {
  package enum Command: Sendable {
    case clear
    case load(Load)
    case evaluate(Evaluation)
  }

  /// Samples to add, each series at multiples of `step` from 1970 on.
  package struct Load: Sendable {
    var line: Int
    /// Milliseconds.
    var step: Int64
    /// Build native histograms from the classic ones, too.
    var hasNativeHistograms: Bool
    var series: [SeriesDescription]
  }

  /// A query, when to evaluate it and what must come out.
  package struct Evaluation: Sendable {
    package var line: Int
    package var query: String
    var mode: Mode
    var expectations = Expectations()
  }

  enum Mode: Equatable, Sendable {
    case instant(Int64)
    case range(Span)
  }

  /// Instants, in milliseconds.
  struct Span: Equatable, Sendable {
    var start: Int64
    var end: Int64
    var step: Int64
  }

  package var commands: [Command]

  /// Longest text, in bytes.
  package static let mostBytes = 16 << 20
}

/// The block below an `eval`.
struct Expectations: Sendable {
  enum Text: Equatable, Sendable {
    case any
    case exactly(String)
    case pattern(String)
  }

  var series: [SeriesDescription] = []
  var scalar: Double?
  var string: String?
  var failure: Text?
  var warnings: [Text] = []
  var infos: [Text] = []
  var hasNoWarning = false
  var hasNoInfo = false
  var isOrdered = false
  /// The instants of a range vector.
  var window: Script.Span?

  var hasHistogram: Bool { series.contains { $0.hasHistogram } }
}

/// What is wrong with a script, and where.
package struct ScriptError: Error, Equatable, Sendable {
  package var line: Int
  package var message: String
}
