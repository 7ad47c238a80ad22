import PromQL

/// Commands and their operands.
extension Execution {
  /// `last`: the value of the command before, which becomes the last argument.
  mutating func evaluate(
    _ command: Command, dot: TemplateValue, last: TemplateValue?
  ) throws(GoError) -> TemplateValue {
    try step()
    guard let first = command.operands.first else { return .missing }
    let arguments = Arguments(operands: Array(command.operands.dropFirst()), last: last, dot: dot)
    switch first {
    case .field, .chain, .variable, .function:
      return try evaluate(first, in: command, arguments)
    case .pipeline(let pipeline):
      try refuse(arguments, first)
      return try nested { (run) throws(GoError) in try run.evaluate(pipeline, dot: dot) }
    default:
      node = first
      try refuse(arguments, first)
      if case .null = first { throw failure("nil is not a command") }
      return try literal(first, dot: dot)
    }
  }

  /// What may take arguments.
  private mutating func evaluate(
    _ operand: Operand, in command: any Node, _ arguments: Arguments
  ) throws(GoError) -> TemplateValue {
    switch operand {
    case .field(_, let names):
      node = operand
      return try fields(names, of: arguments.dot, operand, arguments)
    case .variable(let variable):
      node = operand
      let value = try self.variable(variable.name)
      guard !variable.fields.isEmpty else {
        try refuse(arguments, operand)
        return value
      }
      return try fields(variable.fields, of: value, operand, arguments)
    case .chain(_, let inner, let names):
      node = operand
      let value = try argument(inner, as: .untyped, dot: arguments.dot)
      return try fields(names, of: value, operand, arguments)
    case .function(_, let name):
      node = operand
      guard let function = template.dialect.function(name) else {
        throw failure("\(Quoting.quoted(Array(name.utf8))) is not a defined function")
      }
      return try call(function, at: command, arguments)
    default: return try literal(operand, dot: arguments.dot)
    }
  }

  private func refuse(_ arguments: Arguments, _ operand: Operand) throws(GoError) {
    guard !arguments.isEmpty else { return }
    throw failure("can't give argument to non-function \(operand.text)")
  }

  private mutating func literal(
    _ operand: Operand, dot: TemplateValue
  ) throws(GoError) -> TemplateValue {
    switch operand {
    case .dot: return dot
    case .bool(_, let value): return .bool(value)
    case .string(_, _, let bytes): return .bytes(bytes, .string)
    case .number(_, let number):
      node = operand
      if number.isFloat, let float = number.float { return .float(float) }
      guard let integer = number.integer else { throw failure("\(number.text) overflows int") }
      return .integer(integer, .int)
    default: throw failure("can't evaluate command \(Quoting.quoted(Array(operand.text.utf8)))")
    }
  }
}

/// What a function or method is called with: operands that are evaluated when it is known of
/// which type they must be, and the value of the command before.
struct Arguments {
  var operands: [Operand]
  var last: TemplateValue?
  var dot: TemplateValue

  var count: Int { operands.count + (last == nil ? 0 : 1) }
  var isEmpty: Bool { count == 0 }
}

// MARK: - Arguments of a type

/// The types that parameters of functions have.
enum ParameterType: String {
  /// Any operand, and no type is asked for.
  case untyped
  case any = "interface {}"
  /// Go's reflected values: anything, and nil stays nothing.
  case value = "reflect.Value"
  case string
  case int
  case int64
  case sample = "*template.sample"
  case samples = "template.queryResult"
  case strings = "[]string"
  case anything = "[]interface {}"
  case time = "time.Time"
  case duration = "time.Duration"

  var acceptsNil: Bool {
    [.any, .value, .sample, .samples, .strings, .anything].contains(self)
  }
}

extension Execution {
  mutating func argument(
    _ operand: Operand, as type: ParameterType, dot: TemplateValue
  ) throws(GoError) -> TemplateValue {
    try step()
    node = operand
    let inner = Arguments(operands: [], last: nil, dot: dot)
    switch operand {
    case .dot: return try checked(dot, type)
    case .null:
      guard type.acceptsNil else { throw failure("cannot assign nil to \(type.rawValue)") }
      return type == .any ? .null : .missing
    case .field, .variable, .function, .chain:
      let value = try evaluate(operand, in: operand, inner)
      return try checked(value, type)
    case .pipeline(let pipeline):
      let value = try nested { (run) throws(GoError) in
        try run.evaluate(pipeline, dot: dot)
      }
      return try checked(value, type)
    case .bool, .number, .string: return try constant(operand, as: type)
    }
  }

  private mutating func constant(
    _ operand: Operand, as type: ParameterType
  ) throws(GoError) -> TemplateValue {
    switch type {
    case .untyped, .any, .value: return try literal(operand, dot: .missing)
    case .string:
      if case .string(_, _, let bytes) = operand { return .bytes(bytes, .string) }
      throw failure("expected string; found \(operand.text)")
    case .int, .int64, .duration:
      if case .number(_, let number) = operand, let value = number.integer {
        if type == .duration { return .duration(value, isPointer: false) }
        return .integer(value, type == .int ? .int : .int64)
      }
      throw failure("expected integer; found \(operand.text)")
    case .sample, .samples, .time, .strings, .anything:
      throw failure("can't handle \(operand.text) for arg of type \(type.rawValue)")
    }
  }

  /// The value, which must be of the type or a pointer to it.
  func checked(
    _ value: TemplateValue, _ type: ParameterType
  ) throws(GoError) -> TemplateValue {
    if value.isMissing {
      if type == .untyped { return .missing }
      guard type.acceptsNil else { throw failure("invalid value; expected \(type.rawValue)") }
      return type == .any ? .null : .missing
    }
    if type == .untyped || type == .any || type == .value { return value }
    let held = value.unboxed
    switch (type, held) {
    case (.string, .bytes(_, let type)) where type.isString: return held
    case (.strings, .list(_, of: "string")), (.anything, .anything),
      (.int, .integer(_, .int)), (.int64, .integer(_, .int64)),
      (.sample, .sample), (.samples, .samples):
      return held
    case (.time, .time(let time, _)): return .time(time, isPointer: false)
    case (.duration, .duration(let value, _)): return .duration(value, isPointer: false)
    default:
      let name = held.isMissing ? value.typeName : held.typeName
      throw failure("wrong type for value; expected \(type.rawValue); got \(name)")
    }
  }
}

// MARK: - Fields and methods

extension Execution {
  /// `.a.b.c`: the last one may be a method with arguments.
  private mutating func fields(
    _ names: [String], of value: TemplateValue, _ operand: Operand, _ arguments: Arguments
  ) throws(GoError) -> TemplateValue {
    var value = value
    let nothing = Arguments(operands: [], last: nil, dot: arguments.dot)
    for (place, name) in names.enumerated() {
      let isLast = place == names.count - 1
      value = try field(name, of: value, operand, isLast ? arguments : nothing)
    }
    return value
  }

  private mutating func field(
    _ name: String, of value: TemplateValue, _ operand: Operand, _ arguments: Arguments
  ) throws(GoError) -> TemplateValue {
    let quoted = Quoting.quoted(Array(name.utf8))
    if value.isMissing {
      guard template.missingKey != .error else {
        throw failure("nil data; no entry for key \(quoted)")
      }
      return .missing
    }
    let held = value.unboxed
    if held.isMissing { throw failure("nil pointer evaluating \(value.typeName).\(name)") }
    if let method = Method.named(name, of: held) {
      return try call(method, of: held, at: operand, arguments)
    }
    switch held {
    case .structure(let structure):
      if let field = structure.value(of: name) {
        return try unless(arguments, "\(name) has arguments but cannot be invoked as function") {
          field
        }
      }
    case .sample(let sample):
      if name == "Labels" || name == "Value" {
        return try unless(arguments, "\(name) has arguments but cannot be invoked as function") {
          name == "Value" ? .float(sample.value) : .map(Entries(sample.labels.labels))
        }
      }
    case .map(let entries):
      return try entry(name, arguments, orElse: entries.zero, entries.value)
    case .keyValues(let map):
      try charge(map.pairs.count)
      return try entry(name, arguments, orElse: .text(""), map.value)
    default: break
    }
    throw failure("can't evaluate field \(name) in type \(value.typeName)")
  }

  /// Of a map; `zero` is what is empty in the type of its values.
  private func entry(
    _ name: String, _ arguments: Arguments, orElse zero: TemplateValue,
    _ find: ([UInt8]) -> TemplateValue?
  ) throws(GoError) -> TemplateValue {
    let found = try unless(arguments, "\(name) is not a method but has arguments") {
      find(Array(name.utf8))
    }
    if let found { return found }
    switch template.missingKey {
    case .none: return .missing
    case .zero: return zero
    case .error:
      throw failure("map has no entry for key \(Quoting.quoted(Array(name.utf8)))")
    }
  }

  private func unless<Result>(
    _ arguments: Arguments, _ problem: String, _ value: () -> Result
  ) throws(GoError) -> Result {
    guard arguments.isEmpty else { throw failure(problem) }
    return value()
  }
}

extension TemplateValue {
  /// What is in it when it is of type `interface {}`.
  var unboxedOnce: TemplateValue {
    if case .any(let inner) = self { return inner }
    return self
  }
}
