package import PromQL
package import Signals

/// What the query API reads; the runtime implements it.
package protocol QuerySource: Sendable {
  /// One consistent look at all samples. Called on a query's thread; never waits for a writer.
  func samples() -> any SampleSource & Sendable
  /// The defaults of every query: how far back it looks, the step of subqueries, its budget.
  var engineOptions: EngineOptions { get }
  /// The time of a query that names none.
  func now() -> Timestamp
}
