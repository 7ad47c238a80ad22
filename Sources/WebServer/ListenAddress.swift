/// Where to listen, as `--web.listen-address` spells it: `127.0.0.1:9627`, `:9627`, `[::1]:9627`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address, without brackets; empty: every address of the machine.
  package let host: String
  /// 0 lets the kernel choose.
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1:9627`; 9627 is M-C-P after a 9 on a phone's keys.
  package static let standard = ListenAddress(host: "127.0.0.1", port: 9627)

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Why a text is no listen address.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Reads `HOST:PORT`.
  package init(parsing text: String) throws(Problem) {
    guard let colon = text.lastIndex(of: ":") else {
      throw Problem(text, Int(text) == nil ? "no port, as in \(text):9627" : "did you mean :\(text)?")
    }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(digits), port <= 65_535
    else { throw Problem(text, "the port must be a number from 0 to 65535") }
    self.init(host: try Self.host(in: text[..<colon], of: text), port: port)
  }

  private static func host(in part: Substring, of text: String) throws(Problem) -> String {
    if part.hasPrefix("["), part.hasSuffix("]"), part.contains(":") {
      return String(part.dropFirst().dropLast())
    }
    guard !part.contains(":") else {
      throw Problem(text, "an IPv6 address needs brackets, as in [::1]:9627")
    }
    let isOdd = part.unicodeScalars.contains { $0.value <= 0x20 || "[]/@?#".unicodeScalars.contains($0) }
    guard !isOdd else { throw Problem(text, "expected HOST:PORT, as in 127.0.0.1:9627") }
    return String(part)
  }
}

extension ListenAddress.Problem {
  fileprivate init(_ text: String, _ reason: String) {
    description = "\"\(text.prefix(100))\": \(reason)"
  }
}

/// A listener that could not be opened: `127.0.0.1:9627: address already in use`.
package struct ListenError: Error, Equatable, CustomStringConvertible {
  package let address: ListenAddress
  package let reason: String

  package var description: String { "\(address): \(reason)" }
}
