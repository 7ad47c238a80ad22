import PromQL
import Signals

/// A rule's expression, ready to be evaluated again and again.
struct RuleQuery {
  private let expression: Expression
  /// Made at the first evaluation: a set of rules that is only looked at needs none.
  private var query: Query?

  init(_ expression: Expression) { self.expression = expression }

  /// The elements of the result; a scalar is one without labels.
  mutating func elements(
    at time: Timestamp, over source: any SampleSource, _ environment: RuleEnvironment,
    _ mayContinue: @escaping () -> Bool
  ) throws(RuleFailure) -> [VectorElement] {
    let value: QueryValue
    do throws(QueryError) {
      value = try prepared(environment.engine).evaluate(
        at: time.milliseconds, over: source, mayContinue: mayContinue
      ).value
    } catch {
      throw RuleFailure(.query, error.message)
    }
    switch value {
    case .vector(let elements): return elements
    case .scalar(let sample): return [VectorElement(labels: .empty, sample: sample)]
    case .string, .matrix: throw RuleFailure(.type, "rule result is not a vector or scalar")
    }
  }

  private mutating func prepared(_ options: EngineOptions) throws(QueryError) -> Query {
    if let query { return query }
    let query = try Query(expression, options: options)
    self.query = query
    return query
  }
}
