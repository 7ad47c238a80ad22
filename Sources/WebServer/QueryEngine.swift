import Patterns
import PromQL

/// Parsing and evaluating, with errors as the API tells them.
struct QueryEngine {
  private let query: Query

  /// What a stranger's query may cost to parse.
  private static var limits: ParseLimits {
    var limits = ParseLimits()
    limits.pattern = .request
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

  init(_ text: String, options: EngineOptions, isRange: Bool) throws(Problem) {
    let expression = try Self.parse(text)
    if let first = expression.unsupported.first { throw .invalid("query", first.text(in: text)) }
    if isRange, expression.type != .scalar && expression.type != .vector {
      throw .invalid(
        "query",
        "invalid expression type \"\(expression.type.rawValue)\" for range query, "
          + "must be Scalar or instant Vector")
    }
    do throws(QueryError) {
      query = try Query(expression, options: options)
    } catch {
      throw .execution(error.message)
    }
  }

  func evaluate(
    at time: Int64, over source: any SampleSource, _ clock: QueryClock
  ) throws(Problem) -> QueryResult {
    do throws(QueryError) {
      return try query.evaluate(at: time, over: source) { clock.mayContinue }
    } catch {
      throw Self.problem(error, clock)
    }
  }

  func evaluate(
    from start: Int64, through end: Int64, step: Int64, over source: any SampleSource,
    _ clock: QueryClock
  ) throws(Problem) -> QueryResult {
    do throws(QueryError) {
      return try query.evaluate(from: start, through: end, step: step, over: source) {
        clock.mayContinue
      }
    } catch {
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
