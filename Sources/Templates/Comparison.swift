/// Go's `eq` and `lt`: of two values of the same kind.
enum Comparison {
  private enum Kind { case bool, integer, unsigned, float, text, other }

  private static func kind(of value: TemplateValue) -> Kind {
    switch value {
    case .bool: .bool
    case .integer, .duration(_, isPointer: false): .integer
    case .unsigned: .unsigned
    case .float: .float
    case .bytes: .text
    default: .other
    }
  }

  private static let incompatible = GoError("incompatible types for comparison")
  private static let invalid = GoError("invalid type for comparison")

  static func isEqual(
    _ value: TemplateValue, toAny others: [TemplateValue]
  ) throws(GoError) -> Bool {
    if others.isEmpty { throw GoError("missing argument for comparison") }
    let left = value.unboxed
    for other in others where try isEqual(left, other.unboxed) { return true }
    return false
  }

  private static func isEqual(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(GoError) -> Bool {
    switch (left, right) {
    case (.bool(let left), .bool(let right)): return left == right
    case (.float(let left), .float(let right)): return left == right
    case (.bytes(let left, _), .bytes(let right, _)): return left == right
    default: break
    }
    if let left = whole(left), let right = whole(right) { return left == right }
    guard kind(of: left) == .other, kind(of: right) == .other else {
      if left.isMissing || right.isMissing { return false }
      throw incompatible
    }
    if left.isMissing || right.isMissing { return left.isMissing && right.isMissing }
    return try isSameObject(left, right)
  }

  /// Of values that are no numbers, texts or truths.
  private static func isSameObject(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(GoError) -> Bool {
    guard left.goKind == right.goKind else {
      let (one, other) = (GoText.plain(left, "s"), GoText.plain(right))
      throw GoError(
        "non-comparable types \(one): \(left.typeName), \(right.typeName): \(other)")
    }
    switch (left, right) {
    case (.sample(let left), .sample(let right)): return left == right
    // Pointers: one and the same as far as a template can tell.
    case (.time(let left, _), .time(let right, _)): return left == right
    case (.duration(let left, _), .duration(let right, _)): return left == right
    default:
      // An empty list or map may be nil in Go; those of templates are not.
      throw GoError("non-comparable type \(GoText.plain(right, "s")): \(right.typeName)")
    }
  }

  static func isLess(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(GoError) -> Bool {
    let (left, right) = (left.unboxed, right.unboxed)
    let (leftKind, rightKind) = (kind(of: left), kind(of: right))
    if leftKind == .other || rightKind == .other { throw invalid }
    switch (left, right) {
    case (.float(let left), .float(let right)): return left < right
    case (.bytes(let left, _), .bytes(let right, _)):
      return left.lexicographicallyPrecedes(right)
    default: break
    }
    if let left = whole(left), let right = whole(right) { return left < right }
    throw leftKind == rightKind ? invalid : incompatible
  }

  /// The sign of integers does not keep them from being compared.
  private static func whole(_ value: TemplateValue) -> Int128? {
    switch value {
    case .integer(let value, _), .duration(let value, isPointer: false): Int128(value)
    case .unsigned(let value, _): Int128(value)
    default: nil
    }
  }
}

extension TemplateValue {
  /// Go's kind, of what `Comparison` calls other.
  fileprivate var goKind: String {
    switch self {
    case .anything, .list, .samples, .alerts: "slice"
    case .map, .keyValues: "map"
    case .structure, .time(_, isPointer: false): "struct"
    default: "ptr"
    }
  }
}
