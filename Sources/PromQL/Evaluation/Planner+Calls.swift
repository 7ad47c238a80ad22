/// Planning of function calls.
extension Planner {
  func plan(_ call: FunctionCall) throws(QueryError) -> PlanNode {
    let name = call.function.name
    if let node = try planRange(call) { return node }
    if let node = try planElement(call) { return node }
    if let node = try planScalar(call) { return node }
    if let node = try planLabels(call) { return node }
    switch name {
    case "sort", "sort_desc":
      return try SortNode(
        operand(call), isDescending: name == "sort_desc", range: call.range)
    case "absent":
      let operand = try operand(call)
      return AbsentNode(
        operand, labels: AbsentNode.labels(of: call.arguments[0]), range: call.range)
    case "timestamp": return try planTimestamp(call)
    case "histogram_quantile", "histogram_fraction": return try planHistogram(call)
    case "histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev",
      "histogram_stdvar":
      return try NothingNode(operand(call), range: call.range)
    default: throw QueryError(.notSupported, "function \(name.quoted) is not supported")
    }
  }

  /// The only vector argument.
  private func operand(_ call: FunctionCall, at index: Int = 0) throws(QueryError) -> PlanNode {
    try plan(argument(call, index))
  }

  private func argument(_ call: FunctionCall, _ index: Int) throws(QueryError) -> Expression {
    guard call.arguments.indices.contains(index) else {
      throw QueryError(.execution, "too few arguments in call to \(call.function.name.quoted)")
    }
    return call.arguments[index]
  }

  private func text(_ call: FunctionCall, _ index: Int) throws(QueryError) -> String {
    guard case .string(let literal) = try argument(call, index).unwrapped else {
      throw QueryError(.execution, "a string was expected in call to \(call.function.name.quoted)")
    }
    return literal.value
  }

  private func planRange(_ call: FunctionCall) throws(QueryError) -> PlanNode? {
    let name = call.function.name
    if name == "absent_over_time" {
      let windowed = try planWindow(argument(call, 0))
      return AbsentOverTimeNode(
        windowed.series, window: windowed.window,
        labels: AbsentNode.labels(of: call.arguments[0]), range: call.range,
        isStepInvariant: windowed.isStepInvariant)
    }
    guard let function = RangeFunction(rawValue: name) else { return nil }
    let place = function == .quantileOverTime ? 1 : 0
    let windowed = try planWindow(argument(call, place))
    var parameter: PlanNode?
    if function == .quantileOverTime || function == .predictLinear {
      parameter = try plan(argument(call, 1 - place))
    }
    return RangeCallNode(
      function, of: windowed.series, window: windowed.window, parameter: parameter,
      argumentRange: windowed.range, range: call.range,
      isStepInvariant: windowed.isStepInvariant && function != .predictLinear
        && parameter?.isStepInvariant ?? true)
  }

  private func planElement(_ call: FunctionCall) throws(QueryError) -> PlanNode? {
    let name = call.function.name
    if let function = ElementFunction(rawValue: name) {
      return try ElementNode(operand(call), range: call.range) { value, _, _ in
        function.apply(value)
      }
    }
    if let function = CalendarFunction(rawValue: name) {
      let dates =
        call.arguments.isEmpty
        ? ToVectorNode(TimeNode(range: call.range), range: call.range) : try operand(call)
      return ElementNode(dates, range: call.range) { value, _, _ in function.apply(value) }
    }
    switch name {
    case "round":
      let parameters = call.arguments.count > 1 ? [try plan(call.arguments[1])] : []
      return try ElementNode(operand(call), parameters: parameters, range: call.range) {
        Rounding.round($0, toNearest: $2.first ?? 1)
      }
    case "clamp":
      let bounds = [try operand(call, at: 1), try operand(call, at: 2)]
      return try ElementNode(operand(call), parameters: bounds, range: call.range) {
        $2[0] > $2[1] ? nil : GoMath.max($2[0], GoMath.min($2[1], $0))
      }
    case "clamp_min", "clamp_max":
      let isMin = name == "clamp_min"
      let bound = [try operand(call, at: 1)]
      return try ElementNode(operand(call), parameters: bound, range: call.range) {
        isMin ? GoMath.max($2[0], $0) : GoMath.min($2[0], $0)
      }
    default: return nil
    }
  }

  private func planScalar(_ call: FunctionCall) throws(QueryError) -> PlanNode? {
    switch call.function.name {
    case "time": return TimeNode(range: call.range)
    case "pi": return NumberNode(NumberLiteral(value: .pi, range: call.range))
    case "scalar": return try ToScalarNode(operand(call), range: call.range)
    case "vector": return try ToVectorNode(operand(call), range: call.range)
    default: return nil
    }
  }

  private func planLabels(_ call: FunctionCall) throws(QueryError) -> PlanNode? {
    switch call.function.name {
    case "label_replace":
      return try RelabelNode.replacing(
        operand(call), target: text(call, 1), replacement: text(call, 2), source: text(call, 3),
        pattern: text(call, 4), limits: options.pattern, range: call.range)
    case "label_join":
      var sources: [String] = []
      for index in call.arguments.indices.dropFirst(3) { try sources.append(text(call, index)) }
      return try RelabelNode.joining(
        operand(call), target: text(call, 1), separator: text(call, 2), sources: sources,
        range: call.range)
    default: return nil
    }
  }

  /// The time of a selector's samples; of any other vector the evaluation's.
  private func planTimestamp(_ call: FunctionCall) throws(QueryError) -> PlanNode {
    if case .vector(let selector) = try argument(call, 0).unwrapped {
      return ElementNode(SelectorNode(selector, givesTimes: true), range: call.range) {
        value, _, _ in value
      }
    }
    return try ElementNode(operand(call), range: call.range, dependsOnTime: true) { _, time, _ in
      Double(time) / 1000
    }
  }

  private func planHistogram(_ call: FunctionCall) throws(QueryError) -> PlanNode {
    let isQuantile = call.function.name == "histogram_quantile"
    var parameters = [try operand(call)]
    if !isQuantile { try parameters.append(operand(call, at: 1)) }
    return try HistogramNode(
      isQuantile ? .quantile : .fraction, operand(call, at: isQuantile ? 1 : 2),
      parameters: parameters, range: call.range)
  }
}
