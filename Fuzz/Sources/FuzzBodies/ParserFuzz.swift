import PromQL

/// What must hold for every text that is given to the parser.
public enum ParserFuzz {
  /// A fuzzer's thread has 8 MiB of stack, a test's 512 KiB.
  static let limits = ParseLimits(bytes: 1 << 16, depth: 100)

  /// What does not hold; nil when all does.
  public static func problem(with bytes: [UInt8]) -> String? {
    do {
      return problem(printing: try Expression(parsing: bytes, limits: limits), bytes.count)
    } catch {
      return problem(with: error, bytes.count)
    }
  }

  private static func problem(with failure: ParseErrors, _ count: Int) -> String? {
    if failure.errors.isEmpty { return "a refusal without an error" }
    for error in failure.errors {
      if error.message.isEmpty { return "an error without a message" }
      if error.range.lowerBound < 0 || error.range.upperBound > count {
        return "\(error.range) is outside of \(count) bytes: \(error.message)"
      }
      if error.text(in: failure.query).isEmpty { return "an error without a text" }
    }
    return nil
  }

  private static func problem(printing expression: Expression, _ count: Int) -> String? {
    if expression.range.lowerBound < 0 || expression.range.upperBound > count {
      return "\(expression.range) is outside of \(count) bytes"
    }
    for error in expression.unsupported
    where error.range.lowerBound < 0 || error.range.upperBound > count {
      return "\(error.range) is outside of \(count) bytes: \(error.message)"
    }
    let printed = expression.description
    let again: Expression
    do {
      again = try Expression(parsing: printed, limits: limits)
    } catch {
      return "what was printed is refused: \(printed): \(error)"
    }
    if again.type != expression.type { return "another type when printed: \(printed)" }
    if again.description != printed {
      return "printed first \(printed) and then \(again.description)"
    }
    return nil
  }
}
