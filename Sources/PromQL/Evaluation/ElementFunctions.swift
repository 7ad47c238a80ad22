import CMath

/// The functions of one value at a time, by name.
enum ElementFunction: String, CaseIterable {
  case abs, ceil, floor, exp, sqrt, ln, log2, log10, sgn
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, deg, rad

  func apply(_ value: Double) -> Double {
    switch self {
    case .abs: value.magnitude
    case .ceil: value.rounded(.up)
    case .floor: value.rounded(.down)
    case .exp: CMath.exp(value)
    case .sqrt: value.squareRoot()
    case .ln: CMath.log(value)
    case .log2: CMath.log2(value)
    case .log10: CMath.log10(value)
    case .sgn: value < 0 ? -1 : value > 0 ? 1 : value
    case .deg: value * 180 / .pi
    case .rad: value * .pi / 180
    default: trigonometric(value)
    }
  }

  private func trigonometric(_ value: Double) -> Double {
    switch self {
    case .sin: CMath.sin(value)
    case .cos: CMath.cos(value)
    case .tan: CMath.tan(value)
    case .asin: CMath.asin(value)
    case .acos: CMath.acos(value)
    case .atan: CMath.atan(value)
    case .sinh: CMath.sinh(value)
    case .cosh: CMath.cosh(value)
    case .tanh: CMath.tanh(value)
    case .asinh: CMath.asinh(value)
    case .acosh: CMath.acosh(value)
    default: CMath.atanh(value)
    }
  }
}

/// `round(v, nearest)`: ties go up, for negative values too.
enum Rounding {
  static func round(_ value: Double, toNearest: Double) -> Double {
    let inverse = 1 / toNearest
    return (value * inverse + 0.5).rounded(.down) / inverse
  }
}

/// Go's minimum and maximum: NaN if either is, and -0 below +0.
enum GoMath {
  static func min(_ a: Double, _ b: Double) -> Double {
    if a == -.infinity || b == -.infinity { return -.infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0 && a == b { return a.sign == .minus ? a : b }
    return a < b ? a : b
  }
  static func max(_ a: Double, _ b: Double) -> Double {
    if a == .infinity || b == .infinity { return .infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0 && a == b { return a.sign == .minus ? b : a }
    return a > b ? a : b
  }
}
