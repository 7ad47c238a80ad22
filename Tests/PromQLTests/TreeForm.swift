import Foundation
import PromQL

/// A tree in the form of the shared cases: dictionaries, arrays, numbers, strings.
enum TreeForm {
  typealias Node = [String: Any]

  static func of(_ expression: Expression) -> Node {
    switch expression {
    case .number(let node): return number(node)
    case .string(let node):
      return ["node": "string", "value": node.value, "pos": position(node.range)]
    case .vector(let node): return selector(node)
    case .matrix(let node): return matrix(node)
    case .subquery(let node): return subquery(node)
    case .unary(let node):
      return ["node": "unary", "op": node.isMinus ? "-" : "+", "expr": of(node.operand)]
    case .binary(let node): return binary(node)
    case .parentheses(let node):
      return ["node": "paren", "expr": of(node.inner), "pos": position(node.range)]
    case .aggregate(let node): return aggregate(node)
    case .call(let node):
      return [
        "node": "call", "func": node.function.name, "args": node.arguments.map(of),
        "pos": position(node.range),
      ]
    }
  }

  static func position(_ range: ByteRange) -> [Int] { [range.lowerBound, range.upperBound] }

  private static func number(_ literal: NumberLiteral) -> Node {
    var node: Node = ["node": "number", "pos": position(literal.range)]
    if literal.value.isFinite {
      node["value"] = literal.value
    } else {
      node["value"] = literal.value.isNaN ? "NaN" : literal.value < 0 ? "-Inf" : "+Inf"
    }
    if literal.isDuration { node["written_as_duration"] = true }
    return node
  }

  private static func selector(_ selector: VectorSelector) -> Node {
    var node: Node = ["node": "vector_selector", "pos": position(selector.range)]
    node["name"] = selector.name
    node["matchers"] = selector.matchers.map { [$0.label, $0.op.rawValue, $0.value] }
    node["edge"] = selector.edge?.rawValue
    add(at: selector.at, offset: selector.offset, to: &node)
    return node
  }

  private static func add(at: AtModifier?, offset: TimeOperand?, to node: inout Node) {
    switch at {
    case .time(let time): node["at_ms"] = time
    case .start: node["at"] = "start()"
    case .end: node["at"] = "end()"
    case nil: break
    }
    node["offset_ms"] = offset?.milliseconds ?? 0
    node["offset_expr"] = offset?.expression.map(duration)
  }

  private static func matrix(_ matrix: MatrixSelector) -> Node {
    var node: Node = ["node": "matrix_selector", "end": matrix.range.upperBound]
    node["selector"] = selector(matrix.selector)
    node["range_ms"] = matrix.window.milliseconds
    node["range_expr"] = matrix.window.expression.map(duration)
    return node
  }

  private static func subquery(_ subquery: Subquery) -> Node {
    var node: Node = [
      "node": "subquery", "expr": of(subquery.inner), "end": subquery.range.upperBound,
    ]
    node["range_ms"] = subquery.window.milliseconds
    node["range_expr"] = subquery.window.expression.map(duration)
    node["step_ms"] = subquery.step?.milliseconds
    node["step_expr"] = subquery.step?.expression.map(duration)
    add(at: subquery.at, offset: subquery.offset, to: &node)
    return node
  }

  private static func binary(_ binary: BinaryExpression) -> Node {
    var node: Node = ["node": "binary", "op": binary.op.rawValue]
    node["lhs"] = of(binary.lhs)
    node["rhs"] = of(binary.rhs)
    if binary.returnsBool { node["bool"] = true }
    guard let matching = binary.matching else { return node }
    let cards: [VectorMatching.Cardinality: String] = [
      .oneToOne: "1:1", .manyToOne: "N:1", .oneToMany: "1:N", .manyToMany: "N:N",
    ]
    var form: Node = ["on": matching.isOn, "labels": matching.labels]
    form["card"] = cards[matching.cardinality]
    form["fill_left"] = matching.fillLeft
    form["fill_right"] = matching.fillRight
    if !matching.include.isEmpty { form["include"] = matching.include }
    node["matching"] = form
    return node
  }

  private static func aggregate(_ aggregate: AggregateExpression) -> Node {
    var node: Node = ["node": "aggregate", "op": aggregate.op.rawValue]
    node["expr"] = of(aggregate.operand)
    node["param"] = aggregate.parameter.map(of)
    node["grouping"] = aggregate.grouping
    if aggregate.isWithout { node["without"] = true }
    node["pos"] = position(aggregate.range)
    return node
  }

  private static func duration(_ expression: DurationExpression) -> Node {
    var node: Node = ["node": "duration_expr"]
    switch expression {
    case .literal(let literal): return number(literal)
    case .step: node["op"] = "step()"
    case .range: node["op"] = "range()"
    case .parentheses(let inner, _):
      if case .literal(let literal) = inner {
        node["op"] = "+"
        node["rhs"] = number(literal)
      } else {
        node = duration(inner)
      }
      node["parenthesised"] = true
    case .negated(let inner, _):
      node["op"] = "-"
      node["rhs"] = duration(inner)
    case .binary(let op, let left, let right, _):
      node["op"] = op.rawValue
      node["lhs"] = duration(left)
      node["rhs"] = duration(right)
    case .call(let name, let first, let second, _):
      node["op"] = name
      node["lhs"] = duration(first)
      node["rhs"] = duration(second)
    }
    return node
  }

  /// Where `actual` lacks something that `expected` has; `nil` when it has all of it.
  static func difference(_ expected: Any, _ actual: Any?, at path: String = "") -> String? {
    switch expected {
    case let expected as [String: Any]:
      guard let actual = actual as? [String: Any] else { return "\(path): no node" }
      for (key, value) in expected {
        if let found = difference(value, actual[key], at: "\(path).\(key)") { return found }
      }
      return nil
    case let expected as [Any]:
      guard let actual = actual as? [Any], actual.count == expected.count else {
        return "\(path): \(String(describing: actual)), expected \(expected)"
      }
      for (index, pair) in zip(expected, actual).enumerated() {
        if let found = difference(pair.0, pair.1, at: "\(path)[\(index)]") { return found }
      }
      return nil
    default:
      let same = (expected as? NSObject)?.isEqual(actual) ?? false
      return same ? nil : "\(path): \(String(describing: actual)), expected \(expected)"
    }
  }
}
