/// What the language knows of a function: its name, its arguments' types, what it returns.
public struct FunctionSignature: Equatable, Sendable {
  public let name: String
  public let arguments: [ValueType]
  /// 0: all arguments must be there. Else the last may be missing or repeated, so that there are up
  /// to `variadic` of it; `-1`: any number of it.
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
