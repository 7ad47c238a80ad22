/// What the language knows of a function: its name, its arguments' types, what it returns.
public struct FunctionSignature: Equatable, Sendable {
  public let name: String
  public let arguments: [ValueType]
  /// How many of the last arguments may be missing, or `-1`: the last may be repeated, or missing.
  public let variadic: Int
  public let returns: ValueType
  /// Parsed and refused: not evaluated yet.
  public let isExperimental: Bool

  init(
    _ name: String, _ arguments: [ValueType], variadic: Int = 0, returns: ValueType = .vector,
    isExperimental: Bool = false
  ) {
    self.name = name
    self.arguments = arguments
    self.variadic = variadic
    self.returns = returns
    self.isExperimental = isExperimental
  }
}
