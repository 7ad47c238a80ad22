/// What a function takes.
struct Signature {
  var parameters: [ParameterType]
  /// Of any number of arguments behind them.
  var rest: ParameterType?
  /// Go's results when a template cannot use them: more than a value and an error.
  var results = 1

  init(_ parameters: ParameterType..., rest: ParameterType? = nil, results: Int = 1) {
    self.parameters = parameters
    self.rest = rest
    self.results = results
  }

  func type(of place: Int) -> ParameterType {
    parameters.indices.contains(place) ? parameters[place] : rest ?? .any
  }
}

extension Execution {
  mutating func call(
    _ function: Function, at command: any Node, _ arguments: Arguments
  ) throws(GoError) -> TemplateValue {
    let name = function.rawValue
    if function == .and || function == .or {
      try check(arguments, against: function.signature, name)
      return try shortCircuit(function, arguments)
    }
    let values = try values(of: arguments, for: function.signature, name)
    if function == .call {
      node = command
      throw failure("error calling call: " + callee(values, arguments))
    }
    do throws(GoError) {
      return try apply(function, values)
    } catch {
      throw located(error, name, command)
    }
  }

  mutating func call(
    _ method: Method, of value: TemplateValue, at operand: Operand, _ arguments: Arguments
  ) throws(GoError) -> TemplateValue {
    let values = try values(of: arguments, for: method.signature, method.rawValue)
    if case .keyValues(let map) = value { try charge(map.cost) }
    do throws(GoError) {
      return try method.apply(to: value, values)
    } catch {
      throw located(error, method.rawValue, operand)
    }
  }

  /// An error of a function, unless it already says where it happened.
  private mutating func located(
    _ error: GoError, _ name: String, _ place: any Node
  ) -> GoError {
    if error.isPlaced { return error }
    node = place
    return failure("error calling \(name): \(error.text)", isBound: error.isBound)
  }

  private func check(
    _ arguments: Arguments, against signature: Signature, _ name: String
  ) throws(GoError) {
    let wanted = signature.parameters.count
    if signature.rest != nil {
      guard arguments.count >= wanted else {
        let count = arguments.operands.count
        throw failure("wrong number of args for \(name): want at least \(wanted) got \(count)")
      }
    } else if arguments.count != wanted {
      throw failure("wrong number of args for \(name): want \(wanted) got \(arguments.count)")
    }
    if signature.results > 1 {
      let quoted = Quoting.quoted(Array(name.utf8))
      throw failure("can't call method/function \(quoted) with \(signature.results) results")
    }
  }

  private mutating func values(
    of arguments: Arguments, for signature: Signature, _ name: String
  ) throws(GoError) -> [TemplateValue] {
    try check(arguments, against: signature, name)
    var values: [TemplateValue] = []
    for (place, operand) in arguments.operands.enumerated() {
      let type = signature.type(of: place)
      values.append(try argument(operand, as: type, dot: arguments.dot))
    }
    if let last = arguments.last {
      values.append(try checked(last, signature.type(of: values.count)))
    }
    return values
  }

  /// `and` and `or` evaluate no more than they need.
  private mutating func shortCircuit(
    _ function: Function, _ arguments: Arguments
  ) throws(GoError) -> TemplateValue {
    var value = TemplateValue.missing
    for operand in arguments.operands {
      value = try argument(operand, as: .value, dot: arguments.dot)
      if value.isTrue == (function == .or) { return value }
    }
    return arguments.last ?? value
  }

  /// There are no functions among the values: why this is none.
  private func callee(_ values: [TemplateValue], _ arguments: Arguments) -> String {
    let value = values.first?.unboxed ?? .missing
    if value.isMissing { return "call of nil" }
    let name = arguments.operands.first?.text ?? "<\(value.typeName) Value>"
    return "non-function \(name) of type \(value.typeName)"
  }
}
