import PromQL
import Testing

/// How operators bind, with every pair of parentheses made visible.
@Suite struct Precedence {
  private func shape(_ expression: Expression) -> String {
    switch expression {
    case .unary(let node): "(\(node.isMinus ? "-" : "+")\(shape(node.operand)))"
    case .binary(let node):
      "(\(shape(node.lhs)) \(node.op.rawValue) \(shape(node.rhs)))"
    case .parentheses(let node): "[\(shape(node.inner))]"
    case .subquery(let node): "<\(shape(node.inner))>"
    case .aggregate(let node): "\(node.op.rawValue)(\(shape(node.operand)))"
    case .call(let node):
      "\(node.function.name)(\(node.arguments.map(shape).joined(separator: ", ")))"
    case .number, .string, .vector, .matrix: expression.description
    }
  }

  @Test(
    arguments: [
      ("a + b + c", "((a + b) + c)"), ("a + b * c", "(a + (b * c))"),
      ("a * b + c", "((a * b) + c)"), ("a ^ b ^ c", "(a ^ (b ^ c))"),
      ("a or b and c", "(a or (b and c))"), ("a and b unless c", "((a and b) unless c)"),
      ("a == b + c", "(a == (b + c))"), ("a > b < c", "((a > b) < c)"),
      ("a and b > c", "(a and (b > c))"), ("a atan2 b * c", "((a atan2 b) * c)"),
      ("a % b / c", "((a % b) / c)"), ("a </ b * c", "((a </ b) * c)"),
      ("a - b - c", "((a - b) - c)"), ("a / b ^ c", "(a / (b ^ c))"),
      ("-1", "-1"), ("+1", "1"), ("--1", "1"), ("-1^2", "(-(1 ^ 2))"), ("-a^2", "(-(a ^ 2))"),
      ("-a * b", "((-a) * b)"), ("-a + b", "((-a) + b)"), ("2^-1^2", "(2 ^ (-(1 ^ 2)))"),
      ("2^-a*3", "((2 ^ (-a)) * 3)"), ("2/-2^---1*3", "((2 / (-(2 ^ -1))) * 3)"),
      ("(-1)^2", "([-1] ^ 2)"), ("1 - -1", "(1 - -1)"), ("- a or b", "((-a) or b)"),
      ("(a + b)[5m:]", "<[(a + b)]>"), ("a[5m:] @ 1", "<a>"),
      ("-a offset 5m", "(-a offset 5m)"), ("a + b offset 5m", "(a + b offset 5m)"),
      ("a offset 5m + 3", "(a offset 5m + 3)"), ("a offset -1^1", "(a offset -1s ^ 1)"),
      ("a offset (5m) + 3", "(a offset (5m) + 3)"), ("a @ 5 ^ 2", "(a @ 5.000 ^ 2)"),
      ("sum(a) by (x) + b", "(sum(a) + b)"), ("sum by (x) (a) * b", "(sum(a) * b)"),
      ("sum", "sum"), ("sum + by", "(sum + by)"), ("or or or", "(or or or)"),
      ("a + fill", "(a + fill)"), ("a + fill(1) fill", "(a + fill)"),
      ("offset offset 5m", "offset offset 5m"), ("vector(sum(a[5m:] or b))", nil),
    ] as [(String, String?)])
  func bindsAsInPrometheus(text: String, expected: String?) {
    let expression = try? Expression(parsing: text)
    #expect(expression.map(shape) == expected, "\(text)")
  }
}
