import PromQL

/// A query and when it is asked; times in whole seconds.
struct Question: Sendable, CustomStringConvertible {
  enum Times: Sendable {
    case instant(Int64)
    case range(from: Int64, through: Int64, step: Int64)
  }

  var query: String
  var times: Times

  var description: String {
    switch times {
    case .instant(let time): "\(query)\n    at \(time)"
    case .range(let from, let through, let step):
      "\(query)\n    from \(from) through \(through) step \(step)"
    }
  }

  /// What our engine says.
  func answered(over source: MemorySource) -> Answer {
    do {
      let expression = try Expression(parsing: query)
      let query = try Query(expression)
      let result: QueryResult
      switch times {
      case .instant(let time): result = try query.evaluate(at: time * 1_000, over: source)
      case .range(let from, let through, let step):
        result = try query.evaluate(
          from: from * 1_000, through: through * 1_000, step: step * 1_000, over: source)
      }
      return .value(result.value)
    } catch let error as ParseErrors {
      return .failure(kind: "bad_data", message: error.description)
    } catch let error as QueryError {
      // Prometheus finds a matrix or a string without a range before it evaluates.
      let isAboutTypes = error.message.hasPrefix("invalid expression type")
      return .failure(kind: isAboutTypes ? "bad_data" : "execution", message: error.message)
    } catch {
      return .failure(kind: "unknown", message: "\(error)")
    }
  }
}

enum Answer: Sendable {
  case value(QueryValue)
  case failure(kind: String, message: String)

  /// Whether there is anything to compare in it.
  var isEmpty: Bool {
    switch self {
    case .value(.vector(let elements)): elements.isEmpty
    case .value(.matrix(let series)): series.isEmpty
    case .value: false
    case .failure: true
    }
  }
}
