import TestSupport

extension Scenario {
  /// T1 to T6: no answer, or one that takes its time.
  static let slow: [Scenario] = [
    Scenario("T1", "nobody listens", .closed),
    Scenario("T2", "the kernel does not answer a connect", .full),
    Scenario("T3", "takes the request and never answers") { $0.answer("") },
    Scenario("T3-unaccepted", "never accepts the connection", .unaccepted),
    Scenario("T4", "a head of a byte each 20 ms") { peer in
      guard peer.readRequest() != nil, peer.send("\(ok)X-Slow: ") else { return }
      peer.trickle("x")
    },
    Scenario("T5", "a JSON body of a byte each 20 ms, without end") { peer in
      guard peer.readRequest() != nil, peer.send("\(ok)\(json)\r\n\r\n{") else { return }
      peer.trickle(" ")
    },
    Scenario("T5-comments", "an event stream of comments only") { peer in
      guard peer.readRequest() != nil else { return }
      peer.openStream()
      peer.trickle(chunk(": ping\n\n"))
    },
    Scenario("T6", "answers on a stream, then sends events for ever") { peer in
      guard let request = peer.readRequest() else { return }
      peer.openStream([event(discovery(id: request.id))])
      peer.sendForever(chunk(event(notification)))
    },
    Scenario("T6-quiet", "answers on a stream that stays open") { peer in
      guard let request = peer.readRequest() else { return }
      peer.openStream([event(discovery(id: request.id))])
      peer.waitForEnd()
    },
    Scenario("T6-slow", "answers on a stream, then sends an event each 20 ms") { peer in
      guard let request = peer.readRequest() else { return }
      peer.openStream([event(discovery(id: request.id))])
      peer.trickle(chunk(event(notification)))
    },
    Scenario("T6-unanswered", "events for ever, and never the answer") { peer in
      guard peer.readRequest() != nil else { return }
      peer.openStream()
      peer.sendForever(chunk(event(notification)))
    },
  ]

  static let notification =
    #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}"#
}

extension Scenario {
  /// T7 to T9: more than anybody wants.
  static let endless: [Scenario] = [
    Scenario("T7", "one event of a line without end") { peer in
      guard peer.readRequest() != nil else { return }
      peer.openStream([": here it comes\ndata: \""])
      peer.sendForever(chunk(letters(65_536)))
    },
    Scenario("T8", "a gzip body that unpacks to zeros without end") { peer in
      guard peer.readRequest() != nil else { return }
      peer.send("\(ok)\(json)\r\nContent-Encoding: gzip\r\n\r\n")
      peer.sendBomb()
    },
    Scenario("T8-transfer", "the same as a transfer encoding") { peer in
      guard peer.readRequest() != nil else { return }
      peer.send("\(ok)\(json)\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n")
      peer.sendBomb()
    },
    Scenario("T8-nested", "five encodings around each other") { peer in
      guard peer.readRequest() != nil else { return }
      peer.send("\(ok)\(json)\r\nContent-Encoding: gzip, gzip, br, zstd, gzip\r\n\r\n")
      peer.sendBomb()
    },
    Scenario("T9", "100,000 headers") { peer in
      guard peer.readRequest() != nil, peer.send(ok) else { return }
      for number in 0..<100_000 where !peer.send("X-Header-\(number): x\r\n") { return }
      peer.waitForEnd()
    },
    Scenario("T9-long", "a header of a megabyte") { peer in
      peer.answer("\(ok)X-Long: \(letters(1 << 20))\r\n\r\n")
    },
    Scenario("T9-cookies", "10,000 cookies") { peer in
      let cookie = "Set-Cookie: session=\(letters(100)); Path=/\r\n"
      peer.answer(ok + String(repeating: cookie, count: 10_000) + "\r\n")
    },
  ]
}

extension Peer {
  /// gzip: 13 bytes stand for 8 times 258 zeros.
  func sendBomb() {
    // A member's head, then a block of fixed codes: a zero, and matches of length 258 at distance
    // 1, each of 13 bits.
    var bits = BitWriter()
    bits.append([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
    bits.append(code: 0b1, count: 1)
    bits.append(code: 0b01, count: 2)
    bits.append(code: 0b0000_1100, count: 8)
    for _ in 0..<40_000 { bits.append(code: 0b0_0000_1010_0011, count: 13) }
    guard send(bits.bytes) else { return }
    var more = BitWriter(bits)
    for _ in 0..<40_000 { more.append(code: 0b0_0000_1010_0011, count: 13) }
    while send(more.bytes) {}
  }
}

/// Writes codes from their lowest bit on.
private struct BitWriter {
  var bytes: [UInt8] = []
  private var rest = 0
  private var restCount = 0

  init() {}
  /// Goes on where the other one has bits left over.
  init(_ other: BitWriter) { (rest, restCount) = (other.rest, other.restCount) }

  mutating func append(_ whole: [UInt8]) { bytes += whole }

  mutating func append(code: Int, count: Int) {
    rest |= code << restCount
    restCount += count
    while restCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
      restCount -= 8
    }
  }
}
