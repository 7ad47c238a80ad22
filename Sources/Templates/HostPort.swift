/// Hosts with ports, as Go's `net` reads them, and the path of a URL.
enum HostPort {
  static func withoutPort(_ text: String) -> String { split(text)?.host ?? text }

  /// The host's first name; addresses stay as they are.
  static func withoutDomain(_ text: String) -> String {
    let (host, port) = split(text) ?? (text, "")
    if isAddress(host) { return text }
    let name = String(
      host.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).first ?? "")
    if port.isEmpty { return name }
    return name.contains(":") || name.contains("%") ? "[\(name)]:\(port)" : "\(name):\(port)"
  }

  /// `nil` when it is not `host:port` or `[host]:port`.
  private static func split(_ text: String) -> (host: String, port: String)? {
    let bytes = Array(text.utf8)
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let host: ArraySlice<UInt8>
    let (open, close) = (UInt8(ascii: "["), UInt8(ascii: "]"))
    var behindOpen = bytes[...]
    var behindClose = bytes[...]
    if bytes.first == open {
      guard let end = bytes.firstIndex(of: close), end + 1 == colon else { return nil }
      host = bytes[1..<end]
      behindOpen = bytes[1...]
      behindClose = bytes[(end + 1)...]
    } else {
      host = bytes[..<colon]
      if host.contains(UInt8(ascii: ":")) { return nil }
    }
    if behindOpen.contains(open) || behindClose.contains(close) { return nil }
    let port = bytes[(colon + 1)...]
    return (String(decoding: host, as: UTF8.self), String(decoding: port, as: UTF8.self))
  }

  /// Whether it is an address of IPv4 or IPv6 without a zone.
  static func isAddress(_ text: String) -> Bool {
    text.contains(":") ? isIPv6(text) : isIPv4(text[...])
  }

  private static func isIPv4(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        let digits = part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard digits, (1...3).contains(part.utf8.count), let value = Int(part) else {
          return false
        }
        return value <= 255 && (part.utf8.count == 1 || part.utf8.first != 0x30)
      }
  }

  private static func isIPv6(_ text: String) -> Bool {
    var groups = text.split(separator: ":", omittingEmptySubsequences: false)
    var isShort = false
    // A double colon stands for the zeros that are missing.
    if let gap = text.firstRange(of: "::") {
      isShort = true
      let behind = text[gap.upperBound...]
      if behind.contains("::") || behind.hasPrefix(":") { return false }
      let before = text[..<gap.lowerBound]
      groups = [before, behind].flatMap { part in
        part.isEmpty ? [] : part.split(separator: ":", omittingEmptySubsequences: false)
      }
    }
    var count = groups.count
    if let last = groups.last, last.contains(".") {
      guard isIPv4(last) else { return false }
      groups.removeLast()
      count += 1
    }
    let areHex = groups.allSatisfy { group in
      (1...4).contains(group.utf8.count)
        && group.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
    return areHex && (isShort ? count < 8 : count == 8)
  }

  /// What is behind the host, without percent signs.
  static func path(ofURL text: String) -> String {
    var rest = Array(text.utf8)[...]
    if let end = text.firstRange(of: "://") {
      rest = rest.dropFirst(text.utf8.distance(from: text.startIndex, to: end.upperBound))
      rest = rest.drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != 0x23 }
    }
    rest = rest.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    var out: [UInt8] = []
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        out.append(value)
        rest = rest.dropFirst(2)
      } else {
        out.append(byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
