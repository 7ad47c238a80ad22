import TestSupport

extension Scenario {
  /// T19 and T20: certificates, and handshakes that come to nothing.
  static let tls: [Scenario] = [
    certified("T19", "a certificate of an authority that the client trusts") { _ in },
    certified("T19-expired", "a certificate of yesterday") { $0.dates = .past },
    certified("T19-future", "a certificate of tomorrow") { $0.dates = .future },
    certified("T19-host", "a certificate for another host") { $0.names = "DNS:mcp.example" },
    certified("T19-unknown", "a certificate of an unknown authority") { $0.isTrusted = false },
    certified("T19-sha1", "a certificate signed over SHA-1") { $0.digest = "sha1" },
    certified("T19-rsa512", "a key of 512 bits") { settings in
      settings.key = ["-newkey", "rsa:512"]
      settings.version = "TLSv1_2"
    },
    certified("T19-old", "TLS 1.0 only") { $0.version = "TLSv1" },
    certified("T19-mutual", "a client certificate is demanded") {
      $0.demandsClientCertificate = true
    },
    Scenario("T20", "silence after the client's hello", .bareHTTPS) { $0.waitForEnd() },
    Scenario("T20-half", "half of the server's hello, then silence", .bareHTTPS) { peer in
      _ = peer.read(4096)
      // A handshake record of 122 bytes, of which three follow.
      peer.send([0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00])
      peer.waitForEnd()
    },
    Scenario("T20-alert", "a fatal alert: handshake failure", .bareHTTPS) { peer in
      _ = peer.read(4096)
      peer.send([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])
      peer.waitForEnd()
    },
    Scenario("T20-garbage", "bytes that are no TLS", .bareHTTPS) { peer in
      _ = peer.read(4096)
      peer.send("SSH-2.0-OpenSSH_9.2\r\n")
      peer.waitForEnd()
    },
    Scenario("T20-closed", "the connection is closed in the handshake", .bareHTTPS) { peer in
      _ = peer.read(4096)
    },
  ]

  private static func certified(
    _ id: String, _ sentence: String, _ change: (inout TLSFront.Settings) -> Void
  ) -> Scenario {
    var settings = TLSFront.Settings()
    change(&settings)
    return Scenario(id, sentence, .tls(settings))
  }
}

extension Scenario {
  /// T22: HTTP/2 that goes wrong.
  static let http2: [Scenario] = [
    framed("T22", "a healthy server over HTTP/2") { connection in
      while let request = connection.nextRequest() { connection.answer(request) }
    },
    framed("T22-goaway", "half an answer, GOAWAY and the end") { connection in
      guard let request = connection.nextRequest() else { return }
      connection.sendHead(to: request)
      connection.send(.data, on: request.stream, Array("{\"jsonrpc\"".utf8))
      guard connection.settles() else { return }
      connection.send(.goAway, [0, 0, 0, 1, 0, 0, 0, 0])
    },
    framed("T22-goaway-all", "GOAWAY for every stream before the answer") { connection in
      guard connection.nextRequest() != nil else { return }
      connection.send(.goAway, [0, 0, 0, 0, 0, 0, 0, 0])
      connection.waitForEnd()
    },
    framed("T22-reset", "the stream is reset before the answer") { connection in
      while let request = connection.nextRequest() {
        connection.send(.reset, on: request.stream, [0, 0, 0, 2])
      }
    },
    framed("T22-reset-late", "the stream is reset in the middle of the answer") { connection in
      while let request = connection.nextRequest() {
        connection.sendHead(to: request)
        connection.send(.data, on: request.stream, Array("{\"jsonrpc\"".utf8))
        guard connection.settles() else { return }
        connection.send(.reset, on: request.stream, [0, 0, 0, 2])
      }
    },
    framed("T22-settings", "SETTINGS for ever") { connection in
      guard connection.nextRequest() != nil else { return }
      while connection.send(.settings, [0, 3, 0, 0, 0, 100]) {}
    },
    framed("T22-pings", "PING for ever") { connection in
      guard connection.nextRequest() != nil else { return }
      while connection.send(.ping, [0, 0, 0, 0, 0, 0, 0, 0]) {}
    },
    framed("T22-hpack", "4 KiB of a header, referred to 10,000 times") { connection in
      guard let request = connection.nextRequest() else { return }
      let name = Array("x-bomb".utf8)
      let field = [0x40, 6] + name + HTTP2Connection.length(4000) + Array(letters(4000).utf8)
      let block = [0x88] + field + [UInt8](repeating: 0xbe, count: 10_000)
      connection.send(.headers, flags: HTTP2Connection.endHeaders, on: request.stream, block)
      connection.waitForEnd()
    },
    framed("T22-window", "a window of 0 for ever", settings: [0, 4, 0, 0, 0, 0]) { connection in
      // The client may have sent its body before it heard of that.
      _ = connection.nextRequest()
      connection.waitForEnd()
    },
    framed("T22-frame", "a frame of more than is allowed") { connection in
      guard connection.nextRequest() != nil else { return }
      connection.sendRaw([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1] + Array(letters(100_000).utf8))
      connection.waitForEnd()
    },
  ]

  private static func framed(
    _ id: String, _ sentence: String, settings: [UInt8] = [],
    _ serve: @escaping @Sendable (HTTP2Connection) -> Void
  ) -> Scenario {
    var front = TLSFront.Settings()
    front.protocols = "h2"
    return Scenario(id, sentence, .tls(front)) { peer in
      if let connection = HTTP2Connection(peer, settings: settings) { serve(connection) }
    }
  }
}
