/// From tokens to statements, by Go's grammar and with its errors.
struct Parser {
  private let name: String
  private let dialect: Dialect
  private let tokens: [Token]
  private var index = 0
  /// The last token that was looked at: errors name its line.
  private var furthest = 0
  private var definitions: Definitions = [:]
  private var scope = Scope()
  private var depth = 0

  /// What a definition has of its own.
  private struct Scope {
    var variables = ["$"]
    var ranges = 0
    /// The line on which the action began that is being read; 0: none is.
    var actionLine = 0
  }

  /// All templates that the text defines; the text itself is the one called `name`.
  static func definitions(
    of text: [UInt8], name: String, dialect: Dialect
  ) throws(GoError) -> Definitions {
    var parser = Parser(name: name, dialect: dialect, tokens: Lexer.tokens(of: text))
    let list = try parser.topLevel()
    try parser.define(name, as: list)
    return parser.definitions
  }

  private init(name: String, dialect: Dialect, tokens: [Token]) {
    self.name = name
    self.dialect = dialect
    self.tokens = tokens
  }
}

// MARK: - Tokens and errors

extension Parser {
  private static let nothing = Token(kind: .end, bytes: [], place: Place(line: 1, column: 0))

  private mutating func peek() -> Token {
    furthest = max(furthest, min(index, tokens.count - 1))
    return index < tokens.count ? tokens[index] : tokens.last ?? Self.nothing
  }

  private mutating func next() -> Token {
    let token = peek()
    index += 1
    return token
  }

  private mutating func skipSpace() {
    while peek().kind == .space { index += 1 }
  }

  private mutating func nextNonSpace() -> Token {
    skipSpace()
    return next()
  }

  private mutating func peekNonSpace() -> Token {
    skipSpace()
    return peek()
  }

  private func failure(_ what: String) -> GoError {
    let line = tokens.indices.contains(furthest) ? tokens[furthest].place.line : 1
    return GoError("template: \(name):\(line): \(what)")
  }

  private func unexpected(_ token: Token, _ context: String) -> GoError {
    guard token.kind == .failure else {
      return failure("unexpected \(token.description) in \(context)")
    }
    var extra = ""
    if scope.actionLine != 0, scope.actionLine != token.place.line {
      extra = " started at \(name):\(scope.actionLine)"
      if !token.text.hasSuffix(" action") { extra = " in action" + extra }
    }
    return failure(token.text + extra)
  }

  private mutating func expect(
    _ kinds: Token.Kind..., context: String
  ) throws(GoError) -> Token {
    let token = nextNonSpace()
    guard kinds.contains(token.kind) else { throw unexpected(token, context) }
    return token
  }

  /// Counts how deep the body is within others.
  private mutating func nested<Result>(
    _ body: (inout Parser) throws(GoError) -> Result
  ) throws(GoError) -> Result {
    guard depth < TemplateLimits.parseDepth else {
      throw failure("nested deeper than \(TemplateLimits.parseDepth)")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }
}

// MARK: - Lists, definitions

extension Parser {
  /// What ended a list.
  private enum Terminator {
    case end
    case otherwise

    var text: String { self == .end ? "{{end}}" : "{{else}}" }
  }

  private enum Item {
    case statement(Statement)
    case terminator(Terminator)
  }

  private mutating func topLevel() throws(GoError) -> StatementList {
    var list = StatementList(place: peek().place, statements: [])
    while peek().kind != .end {
      if peek().kind == .leftDelimiter {
        let start = index
        _ = next()
        if nextNonSpace().kind == .keyword(.define) {
          try definition()
          continue
        }
        index = start
      }
      switch try textOrAction() {
      case .statement(let statement): list.statements.append(statement)
      case .terminator(let terminator): throw failure("unexpected \(terminator.text)")
      }
    }
    return list
  }

  private mutating func definition() throws(GoError) {
    let context = "define clause"
    let outer = scope
    scope = Scope()
    let name = try expect(.string, .rawString, context: context)
    guard let text = Quoting.unquoted(name.bytes) else { throw failure("invalid syntax") }
    _ = try expect(.rightDelimiter, context: context)
    let (list, terminator) = try itemList()
    guard terminator == .end else { throw failure("unexpected {{else}} in \(context)") }
    try define(String(decoding: text, as: UTF8.self), as: list)
    scope = outer
  }

  private mutating func define(_ name: String, as list: StatementList) throws(GoError) {
    if let old = definitions[name], !old.list.isEmpty {
      guard list.isEmpty else {
        let quoted = Quoting.quoted(Array(name.utf8))
        throw failure("template: multiple definition of template \(quoted)")
      }
      return
    }
    definitions[name] = Definition(list: list, origin: self.name)
  }

  private mutating func itemList() throws(GoError) -> (StatementList, Terminator) {
    var list = StatementList(place: peekNonSpace().place, statements: [])
    while peekNonSpace().kind != .end {
      switch try textOrAction() {
      case .statement(let statement): list.statements.append(statement)
      case .terminator(let terminator): return (list, terminator)
      }
    }
    throw failure("unexpected EOF")
  }

  private mutating func textOrAction() throws(GoError) -> Item {
    let token = nextNonSpace()
    switch token.kind {
    case .text: return .statement(.text(TextNode(place: token.place, bytes: token.bytes)))
    case .leftDelimiter:
      scope.actionLine = token.place.line
      let item = try action()
      scope.actionLine = 0
      return item
    default: throw unexpected(token, "input")
    }
  }
}

// MARK: - Actions

extension Parser {
  private mutating func action() throws(GoError) -> Item {
    let token = peekNonSpace()
    guard case .keyword(let keyword) = token.kind, keyword != .define else {
      let pipeline = try pipeline("command", until: .rightDelimiter)
      return .statement(.action(ActionNode(place: token.place, pipeline: pipeline)))
    }
    _ = next()
    switch keyword {
    case .break: return .statement(try jump(.break, token.place))
    case .continue: return .statement(try jump(.continue, token.place))
    case .end:
      _ = try expect(.rightDelimiter, context: "end")
      return .terminator(.end)
    case .else:
      let next = peekNonSpace().kind
      // Of `else if` and `else with`, the rest is read as a control of its own.
      if next != .keyword(.if), next != .keyword(.with) {
        _ = try expect(.rightDelimiter, context: "else")
      }
      return .terminator(.otherwise)
    case .if: return .statement(try branch(.if))
    case .range: return .statement(try branch(.range))
    case .with: return .statement(try branch(.with))
    case .template: return .statement(try template())
    case .block, .define: return .statement(try block())
    }
  }

  private mutating func jump(
    _ kind: JumpNode.Kind, _ place: Place
  ) throws(GoError) -> Statement {
    let text = "{{\(kind.rawValue)}}"
    let token = nextNonSpace()
    guard token.kind == .rightDelimiter else { throw unexpected(token, text) }
    guard scope.ranges > 0 else { throw failure("\(text) outside {{range}}") }
    return .jump(JumpNode(kind: kind, place: place))
  }

  private mutating func branch(_ kind: BranchNode.Kind) throws(GoError) -> Statement {
    let variables = scope.variables.count
    let statement = try nested { (parser) throws(GoError) in try parser.branchBody(kind) }
    scope.variables.removeLast(scope.variables.count - variables)
    return statement
  }

  private mutating func branchBody(_ kind: BranchNode.Kind) throws(GoError) -> Statement {
    if kind == .range { scope.ranges += 1 }
    var (first, terminator) = try alternative(of: kind)
    if kind == .range { scope.ranges -= 1 }
    var node = BranchNode(kind: kind, first: first)
    while terminator == .otherwise {
      let chained = peek().kind
      guard
        (kind == .if && chained == .keyword(.if)) || (kind == .with && chained == .keyword(.with))
      else {
        let (list, end) = try itemList()
        guard end == .end else { throw failure("expected end; found {{else}}") }
        node.otherwise = list
        break
      }
      _ = next()
      (first, terminator) = try alternative(of: kind)
      node.more.append(first)
    }
    return .branch(node)
  }

  private mutating func alternative(
    of kind: BranchNode.Kind
  ) throws(GoError) -> (BranchNode.Alternative, Terminator) {
    let pipeline = try pipeline(kind.rawValue, until: .rightDelimiter)
    let (body, terminator) = try itemList()
    return (BranchNode.Alternative(pipeline: pipeline, body: body), terminator)
  }

  private mutating func template() throws(GoError) -> Statement {
    let context = "template clause"
    let token = nextNonSpace()
    let name = try templateName(token, context)
    var argument: Pipeline?
    if peekNonSpace().kind == .rightDelimiter {
      _ = next()
    } else {
      argument = try pipeline(context, until: .rightDelimiter)
    }
    return .template(TemplateNode(place: token.place, name: name, pipeline: argument))
  }

  private mutating func block() throws(GoError) -> Statement {
    let context = "block clause"
    let token = nextNonSpace()
    let name = try templateName(token, context)
    let argument = try pipeline(context, until: .rightDelimiter)
    let (outer, opening) = (scope, furthest)
    scope = Scope()
    let (list, terminator) = try nested { (parser) throws(GoError) in try parser.itemList() }
    guard terminator == .end else {
      furthest = opening  // Go names the line on which the block's first action ends
      throw failure("unexpected {{else}} in \(context)")
    }
    try define(name, as: list)
    scope = outer
    return .template(TemplateNode(place: token.place, name: name, pipeline: argument))
  }

  private mutating func templateName(
    _ token: Token, _ context: String
  ) throws(GoError) -> String {
    guard token.kind == .string || token.kind == .rawString else {
      throw unexpected(token, context)
    }
    guard let text = Quoting.unquoted(token.bytes) else { throw failure("invalid syntax") }
    return String(decoding: text, as: UTF8.self)
  }
}

// MARK: - Pipelines

extension Parser {
  private mutating func pipeline(
    _ context: String, until end: Token.Kind
  ) throws(GoError) -> Pipeline {
    var pipeline = Pipeline(place: peekNonSpace().place)
    try declarations(of: &pipeline, context)
    while true {
      let token = peekNonSpace()
      if token.kind == end {
        _ = next()
        break
      }
      switch token.kind {
      case .bool, .characterConstant, .dot, .field, .identifier, .number, .null, .rawString,
        .string, .variable, .leftParenthesis:
        pipeline.commands.append(try command())
      default:
        _ = next()
        throw unexpected(token, context)
      }
    }
    if pipeline.commands.isEmpty { throw failure("missing value for \(context)") }
    for (number, command) in pipeline.commands.enumerated().dropFirst()
    where command.operands.first?.isLiteral == true {
      throw failure("non executable command in pipeline stage \(number + 1)")
    }
    return pipeline
  }

  /// `$x :=`, `$x =`, and for a range `$i, $x :=`.
  private mutating func declarations(
    of pipeline: inout Pipeline, _ context: String
  ) throws(GoError) {
    while peekNonSpace().kind == .variable {
      let start = index
      let token = next()
      let sign = peekNonSpace()
      let isComma = sign.kind == .character && sign.text == ","
      guard sign.kind == .assign || sign.kind == .declare || isComma else {
        index = start
        return
      }
      _ = next()
      pipeline.declared.append(VariableNode(place: token.place, name: token.text))
      scope.variables.append(token.text)
      guard isComma else {
        pipeline.isAssignment = sign.kind == .assign
        return
      }
      guard context == "range", pipeline.declared.count < 2 else {
        throw failure("too many declarations in \(context)")
      }
      switch peekNonSpace().kind {
      case .variable, .rightDelimiter, .rightParenthesis: continue
      default: throw failure("range can only initialize variables")
      }
    }
  }

  private mutating func command() throws(GoError) -> Command {
    var command = Command(place: peekNonSpace().place, operands: [])
    while true {
      skipSpace()
      if let operand = try operand() { command.operands.append(operand) }
      let token = peek()
      switch token.kind {
      case .space:
        _ = next()
        continue
      case .rightDelimiter, .rightParenthesis: break
      case .pipe: _ = next()
      default:
        _ = next()
        throw unexpected(token, "operand")
      }
      break
    }
    if command.operands.isEmpty { throw failure("empty command") }
    return command
  }

  /// A term and the fields behind it; `nil` when the next token begins none.
  private mutating func operand() throws(GoError) -> Operand? {
    guard let term = try term() else { return nil }
    guard peek().kind == .field else { return term }
    let place = peek().place
    var names: [String] = []
    while peek().kind == .field { names.append(String(next().text.dropFirst())) }
    switch term {
    case .field(_, let first): return .field(place, first + names)
    case .variable(var node):
      node.place = place
      node.fields += names
      return .variable(node)
    case .bool, .string, .number, .null, .dot:
      throw failure("unexpected . after term \(Quoting.quoted(Array(term.text.utf8)))")
    default: return .chain(place, term, names)
    }
  }

  private mutating func term() throws(GoError) -> Operand? {
    let token = peekNonSpace()
    switch token.kind {
    case .identifier:
      guard dialect.function(token.text) != nil else {
        _ = next()
        throw failure("function \(Quoting.quoted(token.bytes)) not defined")
      }
    case .variable:
      guard scope.variables.contains(token.text) else {
        throw failure("undefined variable \(Quoting.quoted(token.bytes))")
      }
    case .dot, .null, .field, .bool, .characterConstant, .number, .leftParenthesis, .string,
      .rawString:
      break
    default: return nil
    }
    _ = next()
    return try term(token)
  }

  private mutating func term(_ token: Token) throws(GoError) -> Operand? {
    switch token.kind {
    case .identifier: return .function(token.place, token.text)
    case .dot: return .dot(token.place)
    case .null: return .null(token.place)
    case .variable: return .variable(VariableNode(place: token.place, name: token.text))
    case .field: return .field(token.place, [String(token.text.dropFirst())])
    case .bool: return .bool(token.place, token.text == "true")
    case .characterConstant, .number:
      do throws(GoError) {
        let isCharacter = token.kind == .characterConstant
        return .number(token.place, try NumberLiteral(token.bytes, isCharacter: isCharacter))
      } catch {
        throw failure(error.text)
      }
    case .leftParenthesis:
      return .pipeline(
        try nested { (parser) throws(GoError) in
          try parser.pipeline("parenthesized pipeline", until: .rightParenthesis)
        })
    default:
      guard let text = Quoting.unquoted(token.bytes) else { throw failure("invalid syntax") }
      return .string(token.place, quoted: token.text, text)
    }
  }
}
