import Signals

/// One run of a template over one piece of data.
struct Execution {
  let template: Template
  let environment: TemplateEnvironment
  /// What is being evaluated, for errors.
  var node: (any Node)?
  /// Whose text is running: the template's name, or that of one it defines.
  private(set) var running: String
  /// The text that it stands in.
  private var origin: String
  private var output: [UInt8] = []
  private var variables: [(name: String, value: TemplateValue)]
  private var depth = 0
  private var steps = 0
  private var work = 0
  var queries = 0
  var patterns = PatternCache()

  init(_ template: Template, _ environment: TemplateEnvironment, _ data: TemplateValue) {
    self.template = template
    self.environment = environment
    running = template.name
    origin = template.name
    variables = [("$", data)]
  }

  mutating func run(_ data: TemplateValue) throws(GoError) -> String {
    if let own = template.definitions[template.start] { _ = try walk(own.list, dot: data) }
    return String(decoding: output, as: UTF8.self)
  }
}

// MARK: - Errors and bounds

extension Execution {
  /// With the place of what is being evaluated.
  func failure(_ what: String, isBound: Bool = false) -> GoError {
    var error = GoError("template: \(origin): \(what)", isBound: isBound)
    error.isPlaced = true
    guard let node else { return error }
    let place = "\(origin):\(node.place.line):\(node.place.column)"
    let name = Quoting.quoted(Array(running.utf8))
    error.text = "template: \(place): executing \(name) at <\(node.text)>: \(what)"
    return error
  }

  /// One action, operand or turn; `count` for what is as much as several.
  mutating func step(_ count: Int = 1) throws(GoError) {
    steps = steps.addingSaturating(count)
    let limit = template.dialect.steps
    guard steps <= limit else { throw failure("more than \(limit) steps", isBound: true) }
  }

  /// Bytes of texts that a function takes or makes.
  mutating func charge(_ bytes: Int) throws(GoError) {
    work = work.addingSaturating(bytes)
    let limit = template.dialect.workBytes
    guard work <= limit else {
      throw failure("functions took and made more than \(limit) bytes", isBound: true)
    }
  }

  mutating func nested<Result>(
    _ body: (inout Execution) throws(GoError) -> Result
  ) throws(GoError) -> Result {
    guard depth < TemplateLimits.runDepth else {
      throw failure("nested deeper than \(TemplateLimits.runDepth)", isBound: true)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func write(_ bytes: [UInt8]) throws(GoError) {
    guard output.count + bytes.count <= TemplateLimits.outputBytes else {
      let limit = TemplateLimits.outputBytes
      throw failure("more than \(limit) bytes of output", isBound: true)
    }
    output += bytes
  }
}

// MARK: - Statements

extension Execution {
  /// How a statement ended.
  private enum Outcome { case done, `break`, `continue` }

  private mutating func walk(
    _ list: StatementList, dot: TemplateValue
  ) throws(GoError) -> Outcome {
    node = list
    for statement in list.statements {
      try step()
      node = statement.node
      let outcome = try walk(statement, dot: dot)
      if outcome != .done { return outcome }
    }
    return .done
  }

  private mutating func walk(
    _ statement: Statement, dot: TemplateValue
  ) throws(GoError) -> Outcome {
    switch statement {
    case .text(let text): try write(text.bytes)
    case .action(let action):
      let value = try evaluate(action.pipeline, dot: dot)
      if action.pipeline.declared.isEmpty { try show(value, action) }
    case .jump(let jump): return jump.kind == .break ? .break : .continue
    case .template(let call): try invoke(call, dot: dot)
    case .branch(let branch):
      let mark = variables.count
      let outcome = try nested { (run) throws(GoError) in
        branch.kind == .range
          ? try run.walkRange(branch, dot: dot) : try run.walkChoice(branch, dot: dot)
      }
      variables.removeLast(variables.count - mark)
      return outcome
    }
    return .done
  }

  private mutating func show(_ value: TemplateValue, _ action: ActionNode) throws(GoError) {
    node = action
    do throws(GoError) {
      try write(try GoText.shown(value, environment.escaping))
    } catch {
      throw error.isPlaced ? error : failure(error.text, isBound: error.isBound)
    }
  }

  private mutating func walkChoice(
    _ branch: BranchNode, dot: TemplateValue
  ) throws(GoError) -> Outcome {
    for alternative in [branch.first] + branch.more {
      try step()
      let value = try evaluate(alternative.pipeline, dot: dot)
      if value.isTrue {
        return try walk(alternative.body, dot: branch.kind == .with ? value : dot)
      }
    }
    if let otherwise = branch.otherwise { return try walk(otherwise, dot: dot) }
    return .done
  }

  private mutating func invoke(
    _ call: TemplateNode, dot: TemplateValue
  ) throws(GoError) {
    node = call
    guard let definition = template.definitions[call.name] else {
      throw failure("template \(Quoting.quoted(Array(call.name.utf8))) not defined")
    }
    var argument = TemplateValue.missing
    if let pipeline = call.pipeline { argument = try evaluate(pipeline, dot: dot) }
    let (outerVariables, outerName, outerOrigin) = (variables, running, origin)
    variables = [("$", argument)]
    (running, origin) = (call.name, definition.origin)
    _ = try nested { (run) throws(GoError) in try run.walk(definition.list, dot: argument) }
    (variables, running, origin) = (outerVariables, outerName, outerOrigin)
  }

  private mutating func walkRange(
    _ branch: BranchNode, dot: TemplateValue
  ) throws(GoError) -> Outcome {
    let pipeline = branch.first.pipeline
    let value = try evaluate(pipeline, dot: dot).unboxed
    try checkIterates(value, pipeline)
    var turns = 0
    while let (index, element) = Self.turn(turns, of: value) {
      turns += 1
      try step()
      let mark = variables.count
      try assign(index, element, pipeline)
      let outcome = try walk(branch.first.body, dot: element)
      variables.removeLast(variables.count - mark)
      if outcome == .break { break }
    }
    if turns == 0, let otherwise = branch.otherwise { return try walk(otherwise, dot: dot) }
    return .done
  }

  /// The index or key and the element of a turn of a loop; `nil` when it is over.
  private static func turn(
    _ number: Int, of value: TemplateValue
  ) -> (TemplateValue, TemplateValue)? {
    switch value {
    case .anything, .list, .samples, .alerts:
      return value.element(number).map { (.int(number), $0) }
    case .keyValues(let map):
      guard number < map.pairs.count else { return nil }
      let pair = map.pairs[number]
      return (.outside(pair.name), .outside(pair.value))
    case .map(let entries):
      guard number < entries.entries.count else { return nil }
      let (key, element) = entries.entries[number]
      return (.bytes(key, .outside), entries.typed(element))
    case .integer(let end, let type):
      return Int64(number) < end ? (.missing, .integer(Int64(number), type)) : nil
    case .unsigned(let end, let type):
      return UInt64(number) < end ? (.missing, .unsigned(UInt64(number), type)) : nil
    case .duration(let end, _):
      return Int64(number) < end ? (.missing, .duration(Int64(number), isPointer: false)) : nil
    default: return nil
    }
  }

  private mutating func assign(
    _ index: TemplateValue, _ element: TemplateValue, _ pipeline: Pipeline
  ) throws(GoError) {
    let names = pipeline.declared.map(\.name)
    if pipeline.isAssignment {
      if names.count > 1, let first = names.first { try set(first, index) }
      if let last = names.last { try set(last, element) }
    } else if let last = variables.indices.last, !names.isEmpty {
      variables[last].value = element
      if names.count > 1, last > 0 { variables[last - 1].value = index }
    }
  }

  private func checkIterates(
    _ value: TemplateValue, _ pipeline: Pipeline
  ) throws(GoError) {
    switch value {
    case .anything, .list, .samples, .map, .keyValues, .alerts, .missing: return
    case .integer, .unsigned, .duration:
      guard pipeline.declared.count > 1 else { return }
      let shown = GoText.plain(value)
      throw failure("can't use \(shown) to iterate over more than one variable")
    default: throw failure("range can't iterate over " + GoText.plain(value))
    }
  }
}

// MARK: - Variables

extension Execution {
  /// Evaluates the commands one after the other; what is declared stays until the control's end.
  mutating func evaluate(
    _ pipeline: Pipeline, dot: TemplateValue
  ) throws(GoError) -> TemplateValue {
    node = pipeline
    var value: TemplateValue?
    for command in pipeline.commands {
      let result = try evaluate(command, dot: dot, last: value)
      value = result.unboxedOnce
    }
    let result = value ?? .missing
    for variable in pipeline.declared {
      if pipeline.isAssignment {
        try set(variable.name, result)
      } else {
        variables.append((variable.name, result))
      }
    }
    return result
  }

  private mutating func set(_ name: String, _ value: TemplateValue) throws(GoError) {
    guard let place = variables.lastIndex(where: { $0.name == name }) else {
      throw failure("undefined variable: \(name)")
    }
    variables[place].value = value
  }

  func variable(_ name: String) throws(GoError) -> TemplateValue {
    guard let place = variables.lastIndex(where: { $0.name == name }) else {
      throw failure("undefined variable: \(name)")
    }
    return variables[place].value
  }
}
