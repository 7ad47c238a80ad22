import Signals

extension ProbeTarget {
  /// What a request says in confidence, in the forms in which a server or a proxy may say it back.
  var confidential: [String] {
    var secrets: [String] = []
    for header in http.headers where header.isCredential {
      let words = header.value.exposed.split(separator: " ")
      secrets.append(header.value.exposed)
      secrets += words.dropFirst().map(String.init)
      if let login = words.last, words.first?.lowercased() == "basic" {
        secrets += Self.parts(of: String(decoding: Base64.decode(login), as: UTF8.self))
      }
    }
    for proxy in [http.proxyURL, http.oauth2?.proxyURL] {
      guard let proxy, let login = Self.userinfo(proxy.exposed) else { continue }
      for login in [login, Self.percentDecoded(login)] {
        secrets.append(Base64.encode(login.utf8))
        secrets += Self.parts(of: login)
      }
    }
    return secrets + clientSecrets + Self.queryValues(url)
  }

  /// What a token is asked for with.
  private var clientSecrets: [String] {
    guard let oauth2 = http.oauth2 else { return [] }
    let secret = oauth2.clientSecret.value.exposed
    let login = [oauth2.clientID, secret].map(FormText.encoded).joined(separator: ":")
    let values = oauth2.parameters.map(\.value.exposed).filter {
      $0.utf8.count >= Self.shortestValue
    }
    return [secret, FormText.encoded(secret), Base64.encode(login.utf8)] + values
      + Self.queryValues(oauth2.tokenURL)
  }

  /// Shorter values are words rather than secrets, and may well stand in an error by themselves.
  private static let shortestValue = 8

  static func queryValues(_ url: String) -> [String] {
    guard let start = url.firstIndex(of: "?") else { return [] }
    return url[start...].dropFirst().split(separator: "&").flatMap { item in
      let value = String(item.drop { $0 != "=" }.dropFirst())
      return [value.isEmpty ? String(item) : value, percentDecoded(value)]
    }.filter { $0.utf8.count >= shortestValue }
  }

  /// The password of a login, and the name unless it is a mere word.
  private static func parts(of login: String) -> [String] {
    let name = login.prefix { $0 != ":" }
    let password = String(login.dropFirst(name.count).dropFirst())
    return name.utf8.count >= shortestValue ? [password, String(name)] : [password]
  }

  private static func userinfo(_ url: String) -> String? {
    guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
    let authority = url[start...].prefix { !"/?#".contains($0) }
    return authority.lastIndex(of: "@").map { String(authority[..<$0]) }
  }

  private static func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
