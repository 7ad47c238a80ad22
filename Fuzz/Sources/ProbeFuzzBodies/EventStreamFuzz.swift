import MCPWire

/// Event streams: the parser that takes bytes in any cut, beside one that has the whole text and
/// reads it line by line, as the WHATWG words it.
public enum EventStreamFuzz {
  /// Most data of one event: small, so that inputs meet it.
  static let limit = 200

  /// What does not hold; nil when all does. The first byte is the size of the pieces.
  public static func problem(with bytes: [UInt8]) -> String? {
    guard let first = bytes.first else { return nil }
    let body = Array(bytes.dropFirst())
    let expected = plainly(body)
    for piece in [Int(first) + 1, 1, body.count + 1] {
      let events = cut(body, every: piece)
      if events != expected {
        return "in pieces of \(piece): \(events), read as a whole: \(expected)"
      }
    }
    return nil
  }

  private static func cut(_ body: [UInt8], every piece: Int) -> [[UInt8]] {
    var parser = EventStreamParser(limit: limit)
    var events: [[UInt8]] = []
    var start = 0
    while start < body.count {
      let end = min(start + piece, body.count)
      var position = 0
      let chunk = body.span.extracting(start..<end)
      while let event = parser.next(in: chunk, from: &position) { events.append(event) }
      start = end
    }
    if let event = parser.finish() { events.append(event) }
    return events
  }

  private static func plainly(_ body: [UInt8]) -> [[UInt8]] {
    var rest = body[...]
    if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
    var events: [[UInt8]] = []
    var (data, hasData, type): ([UInt8], Bool, [UInt8]) = ([], false, [])
    for line in lines(of: rest) + [[]] {
      guard !line.isEmpty else {
        if (type.isEmpty || type == Array("message".utf8)) && !data.isEmpty { events.append(data) }
        (data, hasData, type) = ([], false, [])
        continue
      }
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      var value = line.dropFirst(name.count + 1)
      if value.first == 0x20 { value = value.dropFirst() }
      switch String(decoding: name, as: UTF8.self) {
      case "data":
        data += (hasData ? [0x0a] : []) + value
        hasData = true
        // Whatever follows is not read.
        if data.count > limit { return events }
      case "event": type = Array(value)
      default: break
      }
    }
    return events
  }

  /// Ended by CR, LF or both; what has no end is a line too.
  private static func lines(of text: ArraySlice<UInt8>) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    var follows = false
    for byte in text {
      let isSecond = follows && byte == 0x0a
      follows = byte == 0x0d
      if isSecond { continue }
      if byte == 0x0a || byte == 0x0d {
        lines.append(line)
        line = []
      } else {
        line.append(byte)
      }
    }
    return line.isEmpty ? lines : lines + [line]
  }
}
