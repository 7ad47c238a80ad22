/// A name and a value, as Prometheus knows them.
public struct Label: Hashable, Sendable {
  public let name: String
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

extension Label {
  /// Whether `name` is a classic label name: `[a-zA-Z_][a-zA-Z0-9_]*`.
  package static func isValid(name: String) -> Bool {
    var first = true
    for byte in name.utf8 {
      let letter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte >= 0x41
      let digit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      guard letter || byte == UInt8(ascii: "_") || (digit && !first) else { return false }
      first = false
    }
    return !first
  }
}
