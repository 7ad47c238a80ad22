import Patterns
import PromQL

/// Parsing and evaluating, with errors as the API tells them.
struct QueryEngine {
  private let query: Query
  private let prepared: PreparedQueries

  /// What a stranger's query may cost to parse.
  private static var limits: ParseLimits {
    var limits = ParseLimits()
    limits.pattern = .request
    limits.patterns = 64
    return limits
  }

  static func parse(_ text: String) throws(Problem) -> Expression {
    do throws(ParseErrors) {
      return try Expression(parsing: text, limits: limits)
    } catch {
      throw .invalid("query", error.description)
    }
  }

  /// The matchers of a series selector.
  static func matchers(_ text: String) throws(Problem) -> [Matcher] {
    let expression: Expression
    do throws(ParseErrors) {
      expression = try Expression(parsing: text, limits: limits)
    } catch {
      let matchesAll = "vector selector must contain at least one non-empty matcher"
      let isThat = error.errors.first?.message == matchesAll
      throw .invalid(
        "match[]",
        isThat ? "match[] must contain at least one non-empty matcher" : error.description)
    }
    guard case .vector(let selector) = expression, selector.offset == nil, selector.at == nil,
      selector.edge == nil
    else { throw .invalid("match[]", "1:1: parse error: expected a series selector") }
    return selector.matchers
  }

  init(
    _ text: String, _ options: EngineOptions, _ prepared: PreparedQueries, isRange: Bool
  ) throws(Problem) {
    self.prepared = prepared
    query = try prepared.query(text, options) { () throws(Problem) in
      try Self.query(text, options)
    }
    let type = query.expression.type
    if isRange, type != .scalar && type != .vector {
      throw .invalid(
        "query",
        "invalid expression type \"\(type.rawValue)\" for range query, "
          + "must be Scalar or instant Vector")
    }
  }

  private static func query(_ text: String, _ options: EngineOptions) throws(Problem) -> Query {
    let expression = try parse(text)
    if let first = expression.unsupported.first { throw .invalid("query", first.text(in: text)) }
    do throws(QueryError) {
      return try Query(expression, options: options)
    } catch {
      throw .execution(error.message)
    }
  }

  func evaluate(
    at time: Int64, over source: any SampleSource, _ clock: QueryClock
  ) throws(Problem) -> QueryResult {
    do throws(QueryError) {
      let result = try query.evaluate(at: time, over: source) { clock.mayContinue }
      prepared.weigh(query, samples: result.peakSamples)
      return result
    } catch {
      prepared.forget(query)
      throw Self.problem(error, clock)
    }
  }

  func evaluate(
    from start: Int64, through end: Int64, step: Int64, over source: any SampleSource,
    _ clock: QueryClock
  ) throws(Problem) -> QueryResult {
    do throws(QueryError) {
      let result = try query.evaluate(from: start, through: end, step: step, over: source) {
        clock.mayContinue
      }
      prepared.weigh(query, samples: result.peakSamples)
      return result
    } catch {
      prepared.forget(query)
      throw Self.problem(error, clock)
    }
  }

  private static func problem(_ error: QueryError, _ clock: QueryClock) -> Problem {
    switch error.reason {
    case .timeout, .canceled:
      clock.problem(during: "expression evaluation") ?? .timeout(in: "expression evaluation")
    case .execution, .notSupported, .tooManySamples: .execution(error.message)
    }
  }
}
