/// A network: the addresses that begin with the same bits.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
  package let address: IPAddress
  package let prefix: Int

  /// Why a text is no network.
  package enum Fault: Error, Equatable, Sendable {
    case malformed
    /// With the network that it probably is.
    case bitsBeyondPrefix(IPNetwork)
  }

  /// An address alone, or with the length of its prefix: `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`.
  package init(_ text: String) throws(Fault) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(String(first)) else { throw .malformed }
    let isMapped = address.isV4 && first.contains(":")
    let width = isMapped ? 128 : address.bytes.count * 8
    var prefix = width
    if parts.count == 2 {
      guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let length = Int(parts[1]), length <= width, length >= (isMapped ? 96 : 0)
      else { throw .malformed }
      prefix = length
    }
    // A mapped network is that of the addresses which it maps.
    self.init(address: address, prefix: isMapped ? prefix - 96 : prefix)
    let masked = Self(address: Self.masked(address, self.prefix), prefix: self.prefix)
    if masked != self { throw .bitsBeyondPrefix(masked) }
  }

  private init(address: IPAddress, prefix: Int) {
    self.address = address
    self.prefix = prefix
  }

  package func contains(_ other: IPAddress) -> Bool {
    address.isV4 == other.isV4 && Self.masked(other, prefix) == address
  }

  package var description: String {
    prefix == address.bytes.count * 8 ? "\(address)" : "\(address)/\(prefix)"
  }

  private static func masked(_ address: IPAddress, _ prefix: Int) -> IPAddress {
    let bytes = address.bytes.enumerated().map { index, byte in
      let bits = min(max(prefix - index * 8, 0), 8)
      return byte & ~UInt8(truncatingIfNeeded: 0xff >> bits)
    }
    return IPAddress(bytes: bytes) ?? address
  }
}
