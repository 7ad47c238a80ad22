/// An address of the Internet, version 4 or 6, without a zone.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// 4 or 16, in network order.
  package let bytes: [UInt8]

  package var isV4: Bool { bytes.count == 4 }

  /// `nil` for any other number of bytes. A mapped address (`::ffff:a.b.c.d`) is the one it maps.
  package init?(bytes: [UInt8]) {
    switch bytes.count {
    case 4: self.bytes = bytes
    case 16: self.bytes = bytes.starts(with: Self.mapped) ? Array(bytes.suffix(4)) : bytes
    default: return nil
    }
  }

  /// `10.0.0.1`, `2001:db8::1`, `::ffff:10.0.0.1`; a zone (`%eth0`) and everything else is refused.
  package init?(_ text: String) {
    guard text.utf8.count <= 45 else { return nil }
    let parsed = text.utf8.contains(UInt8(ascii: ":")) ? Self.v6(text) : Self.v4(text[...])
    guard let parsed else { return nil }
    self.init(bytes: parsed)
  }

  private static let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

  /// The address of version 4 to which a packet for this one finally goes, where the address itself
  /// says so: NAT64 (64:ff9b::/96), 6to4 (2002::/16), and the old `::a.b.c.d`.
  package var embedded: IPAddress? {
    guard !isV4 else { return nil }
    if bytes.starts(with: [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]) {
      return IPAddress(bytes: Array(bytes.suffix(4)))
    }
    if bytes.starts(with: [0x20, 0x02]) { return IPAddress(bytes: Array(bytes[2..<6])) }
    let low = Array(bytes.suffix(4))
    let isCompatible = bytes.prefix(12).allSatisfy { $0 == 0 } && low != [0, 0, 0, 0]
    return isCompatible && low != [0, 0, 0, 1] ? IPAddress(bytes: low) : nil
  }

  /// As RFC 5952 writes it.
  package var description: String {
    guard !isV4 else { return bytes.map(String.init).joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
    let texts = groups.map { String($0, radix: 16) }
    guard let zeros = Self.longestZeros(groups) else { return texts.joined(separator: ":") }
    let (before, after) = (texts[..<zeros.lowerBound], texts[zeros.upperBound...])
    return before.joined(separator: ":") + "::" + after.joined(separator: ":")
  }

  /// The first of the longest runs of at least two zeros.
  private static func longestZeros(_ groups: [Int]) -> Range<Int>? {
    var longest = 0..<0
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start > longest.count { longest = start..<index }
      start = index + 1
    }
    return longest.count >= 2 ? longest : nil
  }
}

extension IPAddress {
  /// Four decimal numbers without leading zeros: other spellings are read differently by different
  /// programs.
  private static func v4(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part == "0" || part.first != "0", let byte = UInt8(part)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func v6(_ text: String) -> [UInt8]? {
    guard let gap = text.firstRange(of: "::") else {
      let bytes = groups(text[...])
      return bytes?.count == 16 ? bytes : nil
    }
    let (before, after) = (text[..<gap.lowerBound], text[gap.upperBound...])
    guard let head = groups(before, mayEndInV4: false), let tail = groups(after),
      head.count + tail.count <= 14
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func groups(_ text: Substring, mayEndInV4: Bool = true) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    var bytes: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if mayEndInV4, index == parts.count - 1, part.contains("."), let low = v4(part) {
        return bytes + low
      }
      let isHex = { (byte: UInt8) in
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
      }
      guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHex),
        let group = UInt16(part, radix: 16)
      else { return nil }
      bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
    }
    return bytes
  }
}
