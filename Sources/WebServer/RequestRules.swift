import NIOHTTP1

/// What RFC 9112 has a server refuse and the parser below lets through: whatever two readers of one
/// head could understand in two ways.
enum RequestRules {
  /// `nil`: the head is fit to be looked at.
  static func unfit(_ head: HTTPRequestHead) -> Unfit? {
    guard isUnambiguous(head) else { return .syntax }
    let codings = head.headers[canonicalForm: "content-encoding"]
    return codings.allSatisfy { $0.lowercased() == "identity" } ? nil : .encoding
  }

  private static func isUnambiguous(_ head: HTTPRequestHead) -> Bool {
    let isNew = head.version == .http1_1
    guard isNew || head.version == .http1_0 else { return false }
    let hosts = head.headers["host"]
    guard hosts.count <= 1, !(isNew && hosts.isEmpty) else { return false }
    let host = hosts.first ?? ""
    return isAuthority(host) && isTarget(head, host: host) && isFramed(head.headers, isNew: isNew)
      && head.headers.allSatisfy { $0.value.utf8.allSatisfy(isFieldByte) }
  }

  /// One way at most to say where the body ends.
  private static func isFramed(_ headers: HTTPHeaders, isNew: Bool) -> Bool {
    let (lengths, codings) = (headers["content-length"], headers["transfer-encoding"])
    guard lengths.count + codings.count <= 1 else { return false }
    if let length = lengths.first {
      return (1...18).contains(length.utf8.count) && length.utf8.allSatisfy(isDigit)
    }
    return codings.allSatisfy { $0.lowercased() == "chunked" && isNew }
  }

  /// A path; or a whole URL of the same host; what else there is answers the responder.
  private static func isTarget(_ head: HTTPRequestHead, host: String) -> Bool {
    let target = head.uri
    guard target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return false }
    guard target.first != "/", let colon = target.firstRange(of: "://") else { return true }
    let scheme = target[..<colon.lowerBound].lowercased()
    let authority = target[colon.upperBound...].prefix { !"/?#".contains($0) }
    return ["http", "https"].contains(scheme) && !authority.isEmpty
      && authority.lowercased() == host.lowercased()
  }

  /// Letters, digits, and what stands in names, addresses and before ports.
  private static func isAuthority(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || "-._~%!$&'()*+;=:[]".utf8.contains(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// No control character but the tab.
  private static func isFieldByte(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7f || byte == 0x09
  }
}
