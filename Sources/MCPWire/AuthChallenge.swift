/// One challenge of a `WWW-Authenticate` header (RFC 9110, 11.6.1).
struct AuthChallenge: Equatable, Sendable {
  var scheme: String
  /// Names in lower case. Empty for a challenge with a token68.
  var parameters: [(name: String, value: String)] = []

  subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.scheme == rhs.scheme && lhs.parameters.elementsEqual(rhs.parameters) { $0 == $1 }
  }

  /// The challenges of all headers, in order; what is not well formed is passed over.
  static func parse(_ headers: [String]) -> [AuthChallenge] {
    var challenges: [AuthChallenge] = []
    for header in headers.prefix(8) {
      var scanner = Scanner(bytes: Array(header.utf8.prefix(4096)))
      scanner.read(into: &challenges)
    }
    return challenges
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    /// `scheme name=value, name="quoted, value", scheme2 ...`: a token that no `=` follows begins
    /// a challenge.
    mutating func read(into challenges: inout [AuthChallenge]) {
      while position < bytes.count {
        let token = readToken()
        guard !token.isEmpty else {
          position += 1
          continue
        }
        let mark = position
        skipSpaces()
        if peek() == UInt8(ascii: "="), let current = challenges.indices.last {
          position += 1
          skipSpaces()
          let value = readValue()
          challenges[current].parameters.append((token.lowercased(), value))
        } else {
          position = mark
          challenges.append(AuthChallenge(scheme: token))
        }
      }
    }

    func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpaces() {
      while peek() == 0x20 || peek() == 0x09 { position += 1 }
    }

    mutating func readToken() -> String {
      let start = position
      while let byte = peek(), Self.isTokenByte(byte) { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func readValue() -> String {
      guard peek() == UInt8(ascii: "\"") else { return readToken() }
      position += 1
      var value: [UInt8] = []
      while let byte = peek(), byte != UInt8(ascii: "\"") {
        position += 1
        if byte == UInt8(ascii: "\\"), let escaped = peek() {
          value.append(escaped)
          position += 1
        } else {
          value.append(byte)
        }
      }
      position = min(position + 1, bytes.count)
      return String(decoding: value, as: UTF8.self)
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
      byte > 0x20 && byte < 0x7f && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
    }
  }
}
