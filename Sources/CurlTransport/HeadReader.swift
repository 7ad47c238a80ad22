import MCPWire

/// Gathers the few headers a probe reads from the lines of a response, one line at a time.
struct HeadReader {
  /// Header bytes of this response so far, those of interim responses included.
  private(set) var bytes = 0
  private var head = ResponseHead(status: 0)
  /// The head has been given out; lines after it are trailers.
  private(set) var isComplete = false
  private var contentLength: String?
  /// Two `Content-Length` headers differ: nobody can say where the body ends.
  private(set) var hasTwoLengths = false

  private static let challengesMax = 16

  /// Begins the next response.
  mutating func reset() { self = HeadReader() }

  /// Takes one line with its line end. `status` is asked at the end of a head; gives the head then.
  mutating func take(_ line: Span<UInt8>, status: () -> Int) -> ResponseHead? {
    bytes += line.count
    if isComplete { return nil }
    if line.starts(with: "HTTP/") {
      head = ResponseHead(status: 0)
      contentLength = nil
      return nil
    }
    if line.count <= 2 && line.isLineEnd {
      head.status = status()
      // 1xx: an interim response, the real one follows.
      guard head.status >= 200 else { return nil }
      isComplete = true
      return head
    }
    takeField(line)
    return nil
  }

  private mutating func takeField(_ line: Span<UInt8>) {
    guard line.count > 0 else { return }
    switch line[0] | 0x20 {
    case UInt8(ascii: "c"):
      if let value = line.value(of: "content-type"), head.contentType == nil {
        head.contentType = value
      } else if let value = line.value(of: "content-length") {
        if let contentLength, contentLength != value { hasTwoLengths = true }
        contentLength = value
      }
    case UInt8(ascii: "m"):
      if let value = line.value(of: "mcp-session-id"), head.sessionID == nil {
        head.sessionID = value
      }
    case UInt8(ascii: "r"):
      if let value = line.value(of: "retry-after"), head.retryAfter == nil {
        head.retryAfter = value
      }
    case UInt8(ascii: "w"):
      if let value = line.value(of: "www-authenticate"),
        head.challenges.count < Self.challengesMax
      {
        head.challenges.append(value)
      }
    default: break
    }
  }
}

extension Span<UInt8> {
  fileprivate func starts(with prefix: StaticString) -> Bool {
    prefix.withUTF8Buffer { prefix in
      guard count >= prefix.count else { return false }
      for index in 0..<prefix.count where unsafe self[index] != prefix[index] { return false }
      return true
    }
  }

  fileprivate var isLineEnd: Bool {
    for index in indices where self[index] != 0x0d && self[index] != 0x0a { return false }
    return true
  }

  /// The field's value without surrounding blanks, when the line is the field `name` (lower case).
  fileprivate func value(of name: StaticString) -> String? {
    let length = name.utf8CodeUnitCount
    guard count > length, self[length] == UInt8(ascii: ":") else { return nil }
    let isNamed = name.withUTF8Buffer { name in
      for index in 0..<length {
        let byte = self[index]
        let isUpper = byte >= 0x41 && byte <= 0x5a
        if unsafe (isUpper ? byte | 0x20 : byte) != name[index] { return false }
      }
      return true
    }
    guard isNamed else { return nil }
    var start = length + 1
    var end = count
    while start < end, self[start].isBlank { start += 1 }
    while start < end, self[end - 1].isBlank { end -= 1 }
    let value = extracting(start..<end)
    return unsafe value.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0d || self == 0x0a }
}
