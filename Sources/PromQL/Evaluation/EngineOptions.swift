public import Patterns

/// How queries are evaluated.
public struct EngineOptions: Equatable, Sendable {
  /// How far back an instant selector looks for a sample, in milliseconds.
  public var lookbackDelta: Int64 = 300_000
  /// The step of a subquery that names none, in milliseconds.
  public var subqueryStep: Int64 = 60_000
  /// Most samples that a query may hold at once.
  public var maximumSamples = 50_000_000
  /// Whether functions drop the metric's name at the end of the query (true) or at once.
  public var delaysNameRemoval = false

  /// For the patterns of `label_replace`.
  public var pattern = Pattern.Limits()

  public init() {}
}

/// Why a query has no result.
public struct QueryError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: String, Sendable, CaseIterable {
    /// The data and the query do not go together: duplicate label sets, many-to-many matching.
    case execution
    /// The language has it, this engine does not evaluate it.
    case notSupported
    /// The time limit was reached.
    case timeout
    case canceled
    /// More samples than `EngineOptions.maximumSamples`.
    case tooManySamples
  }

  public var reason: Reason
  /// In Prometheus's words where it has them.
  public var message: String

  public init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  public var description: String { message }
}
