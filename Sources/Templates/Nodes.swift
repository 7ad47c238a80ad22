/// The templates that a text defines, by name; the text itself under its own.
typealias Definitions = [String: Definition]

struct Definition: Sendable {
  var list: StatementList
  /// The name of the text that it stands in, for errors.
  var origin: String
}

/// A part of a template that an error can point at.
protocol Node: Sendable {
  /// Bytes of the text, from the template's start.
  var place: Place { get }
  /// As Go prints it in errors.
  var text: String { get }
}

/// Where a node begins.
struct Place: Sendable {
  /// From 1.
  var line: Int
  /// Bytes from the line's start.
  var column: Int
}

struct StatementList: Node {
  var place: Place
  var statements: [Statement]

  var text: String { statements.map(\.node.text).joined() }

  /// Whether there is nothing but white space and definitions.
  var isEmpty: Bool {
    statements.allSatisfy { statement in
      guard case .text(let node) = statement else { return false }
      return node.bytes.allSatisfy { [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d].contains($0) }
    }
  }
}

indirect enum Statement: Sendable {
  case text(TextNode)
  case action(ActionNode)
  case branch(BranchNode)
  case template(TemplateNode)
  case jump(JumpNode)

  var node: any Node {
    switch self {
    case .text(let node): node
    case .action(let node): node
    case .branch(let node): node
    case .template(let node): node
    case .jump(let node): node
    }
  }
}

struct TextNode: Node {
  var place: Place
  var bytes: [UInt8]

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

struct ActionNode: Node {
  var place: Place
  var pipeline: Pipeline

  var text: String { "{{" + pipeline.text + "}}" }
}

/// `if`, `range` and `with`.
struct BranchNode: Node {
  enum Kind: String { case `if`, range, with }

  struct Alternative {
    var pipeline: Pipeline
    var body: StatementList
  }

  var kind: Kind
  var first: Alternative
  /// Of `else if` and `else with`.
  var more: [Alternative] = []
  var otherwise: StatementList?

  var place: Place { first.pipeline.place }

  /// Go has a control in the `else` of another, for each of the chain.
  var text: String {
    let heads = ([first] + more).map { alternative in
      "{{\(kind.rawValue) \(alternative.pipeline.text)}}" + alternative.body.text
    }
    let ends = String(repeating: "{{end}}", count: heads.count)
    return heads.joined(separator: "{{else}}") + (otherwise.map { "{{else}}" + $0.text } ?? "")
      + ends
  }
}

struct TemplateNode: Node {
  var place: Place
  var name: String
  var pipeline: Pipeline?

  var text: String {
    let argument = pipeline.map { " " + $0.text } ?? ""
    return "{{template " + Quoting.quoted(Array(name.utf8)) + argument + "}}"
  }
}

/// `break` and `continue`.
struct JumpNode: Node {
  enum Kind: String { case `break`, `continue` }

  var kind: Kind
  var place: Place

  var text: String { "{{\(kind.rawValue)}}" }
}

/// Commands, each given the value of the one before, and the variables that get the last value.
struct Pipeline: Node {
  var place: Place
  var declared: [VariableNode] = []
  /// `=` and not `:=`.
  var isAssignment = false
  var commands: [Command] = []

  var text: String {
    let names = declared.map(\.text).joined(separator: ", ")
    let sign = isAssignment ? " = " : " := "
    return (declared.isEmpty ? "" : names + sign)
      + commands.map(\.text).joined(separator: " | ")
  }
}

/// An operand and its arguments.
struct Command: Node {
  var place: Place
  var operands: [Operand]

  var text: String { operands.map(\.textInCommand).joined(separator: " ") }
}

struct VariableNode: Node {
  var place: Place
  /// `$x`
  var name: String
  var fields: [String] = []

  var text: String { ([name] + fields).joined(separator: ".") }
}

indirect enum Operand: Node {
  case dot(Place)
  case null(Place)
  case bool(Place, Bool)
  case number(Place, NumberLiteral)
  case string(Place, quoted: String, [UInt8])
  case function(Place, String)
  case field(Place, [String])
  case variable(VariableNode)
  case pipeline(Pipeline)
  case chain(Place, Operand, [String])

  var place: Place {
    switch self {
    case .dot(let place), .null(let place), .bool(let place, _), .number(let place, _),
      .string(let place, _, _), .function(let place, _), .field(let place, _),
      .chain(let place, _, _):
      place
    case .variable(let node): node.place
    case .pipeline(let pipeline): pipeline.place
    }
  }

  var text: String {
    switch self {
    case .dot: "."
    case .null: "nil"
    case .bool(_, let value): value ? "true" : "false"
    case .number(_, let number): number.text
    case .string(_, let quoted, _): quoted
    case .function(_, let name): name
    case .field(_, let names): names.map { "." + $0 }.joined()
    case .variable(let node): node.text
    case .pipeline(let pipeline): pipeline.text
    case .chain(_, let operand, let names):
      operand.textInCommand + names.map { "." + $0 }.joined()
    }
  }

  var textInCommand: String {
    if case .pipeline = self { return "(" + text + ")" }
    return text
  }

  /// Whether it can only begin a pipeline: it takes no argument.
  var isLiteral: Bool {
    switch self {
    case .bool, .dot, .null, .number, .string: true
    default: false
    }
  }
}
