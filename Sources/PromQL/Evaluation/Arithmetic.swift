import CMath

extension BinaryOperator {
  /// The result of `+ - * / % ^ atan2`, as C computes it; NaN for other operators.
  func arithmetic(_ lhs: Double, _ rhs: Double) -> Double {
    switch self {
    case .add: lhs + rhs
    case .subtract: lhs - rhs
    case .multiply: lhs * rhs
    case .divide: lhs / rhs
    case .modulo: fmod(lhs, rhs)
    case .power: pow(lhs, rhs)
    case .atan2: CMath.atan2(lhs, rhs)
    default: .nan
    }
  }

  /// Whether the comparison holds; false for other operators.
  func holds(_ lhs: Double, _ rhs: Double) -> Bool {
    switch self {
    case .equal: lhs == rhs
    case .notEqual: lhs != rhs
    case .less: lhs < rhs
    case .lessOrEqual: lhs <= rhs
    case .greater: lhs > rhs
    case .greaterOrEqual: lhs >= rhs
    default: false
    }
  }
}
