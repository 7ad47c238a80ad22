import TestSupport

/// The server's end of an HTTP/2 connection, frame by frame, so that each can be wrong.
struct HTTP2Connection {
  enum Frame: UInt8 {
    case data = 0, headers, priority, reset, settings, push, ping, goAway, windowUpdate, more
  }

  struct Request {
    var stream: UInt32
    var content = Peer.Request()
  }

  static let endStream: UInt8 = 1
  static let endHeaders: UInt8 = 4
  private static let acknowledgement: UInt8 = 1

  private let peer: Peer

  /// Takes the client's preface and sends our settings; `nil` when the client speaks no HTTP/2.
  init?(_ peer: Peer, settings: [UInt8]) {
    self.peer = peer
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    guard readExactly(preface.count) == preface else { return nil }
    send(.settings, settings)
  }

  /// The next whole request; `nil` when the client has closed.
  func nextRequest() -> Request? {
    var request = Request(stream: 0)
    while let (type, flags, stream, payload) = readFrame() {
      switch type {
      case .settings where flags & Self.acknowledgement == 0:
        send(.settings, flags: Self.acknowledgement, [])
      case .ping where flags & Self.acknowledgement == 0:
        send(.ping, flags: Self.acknowledgement, payload)
      case .headers: request = Request(stream: stream)
      case .data where stream == request.stream: request.content.body += payload
      default: break
      }
      let isOfRequest = type == .headers || type == .data
      if isOfRequest, flags & Self.endStream != 0, stream == request.stream { return request }
    }
    return nil
  }

  /// A healthy answer.
  func answer(_ request: Request) {
    sendHead(to: request)
    let body = Array(discovery(id: request.content.id).utf8)
    send(.data, flags: Self.endStream, on: request.stream, body)
  }

  /// `:status` 200 and the media type of JSON.
  func sendHead(to request: Request) {
    let type = Array("application/json".utf8)
    let block = [0x88, 0x0f, 0x10, UInt8(type.count)] + type
    send(.headers, flags: Self.endHeaders, on: request.stream, block)
  }

  @discardableResult
  func send(_ type: Frame, flags: UInt8 = 0, on stream: UInt32 = 0, _ payload: [UInt8]) -> Bool {
    let count = UInt32(payload.count)
    return sendRaw(
      Self.bytes(count).dropFirst() + [type.rawValue, flags] + Self.bytes(stream) + payload)
  }

  @discardableResult func sendRaw(_ bytes: [UInt8]) -> Bool { peer.send(bytes) }

  func waitForEnd() { peer.waitForEnd() }
  /// Passes over what comes until nothing has come for 50 ms; false when the client is gone.
  func settles() -> Bool {
    while !peer.hearsNothing(for: 50) { if peer.read(4096).isEmpty { return false } }
    return true
  }

  /// A string's length as HPACK has it, not Huffman-coded.
  static func length(_ count: Int) -> [UInt8] {
    if count < 127 { return [UInt8(count)] }
    var rest = count - 127
    var bytes: [UInt8] = [127]
    while rest >= 128 {
      bytes.append(UInt8(rest % 128) | 128)
      rest /= 128
    }
    return bytes + [UInt8(rest)]
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private func readFrame() -> (type: Frame?, flags: UInt8, stream: UInt32, payload: [UInt8])? {
    guard let head = readExactly(9) else { return nil }
    let length = head.prefix(3).reduce(0) { $0 << 8 | Int($1) }
    let stream = head.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard let payload = readExactly(length) else { return nil }
    return (Frame(rawValue: head[3]), head[4], stream, payload)
  }

  private func readExactly(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = peer.read(count - bytes.count)
      if piece.isEmpty { return nil }
      bytes += piece
    }
    return bytes
  }
}
