import CurlTransport
import MCPWire
import TestSupport
import Testing

/// Servers that go wrong in the transport's part of the conversation.
@Suite struct BrokenServerTests {
  @Test func aRefusedConnectionSaysWhere() async throws {
    let port = LoopbackServer.closedPort()
    let result = try await probe("http://127.0.0.1:\(port)/mcp")
    #expect(result.outcome == .connectRefused)
    #expect(result.stage == .connect)
    #expect(result.detail.contains("127.0.0.1:\(port)"))
  }

  @Test func anUnknownHostIsADNSError() async throws {
    let result = try await probe("http://no-such-host.invalid/mcp")
    #expect(result.outcome == .dnsError)
    #expect(result.stage == .resolve)
    #expect(result.detail.contains("no-such-host.invalid"))
  }

  @Test func aFullBacklogIsAConnectTimeout() async throws {
    let server = LoopbackServer(backlog: 0, accepts: false) { _ in }
    server.fillBacklog()
    let result = try await probe(server.url, timeout: .seconds(3))
    #expect(result.outcome == .connectTimeout)
    #expect(result.stage == .connect)
  }

  @Test func aServerThatNeverAnswersEndsAtTheDeadline() async throws {
    let start = ContinuousClock.now
    let result = try await probe(timeout: .seconds(3)) { $0.waitForEnd() }
    #expect(result.outcome == .timeout)
    #expect(start.duration(to: .now) >= .milliseconds(2700))
    // Its beginning may have waited for the machine.
    #expect(result.duration >= .seconds(1))
    #expect(result.times.wait >= .seconds(1))
  }

  @Test func aServerThatTricklesItsHeadEndsAtTheDeadline() async throws {
    let result = try await probe(timeout: .seconds(3)) { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n")
      while peer.send("X-Slow: yes\r\n") && peer.hearsNothing(for: 20) {}
    }
    #expect(result.outcome == .timeout)
  }

  @Test func aServerThatTricklesItsBodyEndsAtTheDeadline() async throws {
    let result = try await probe(timeout: .seconds(3)) { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n\(json)\r\nContent-Length: 100000\r\n\r\n{")
      while peer.send(" ") && peer.hearsNothing(for: 20) {}
    }
    #expect(result.outcome == .timeoutBody)
  }

  @Test func aBodyWithoutEndIsCutAtItsLimit() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n\(json)\r\n\r\n[")
      while peer.send(String(repeating: " ", count: 65536)) {}
    }
    #expect(result.outcome == .responseTooLarge)
  }

  @Test func aHeaderOfAMegabyteIsRefused() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 1 << 20))\r\n\r\n")
      peer.waitForEnd()
    }
    #expect(result.outcome == .httpProtocolError)
    #expect(result.detail.contains("headers"))
  }

  @Test func headersOver64KiBTogetherAreRefused() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      let line = "X-Filler: \(String(repeating: "x", count: 1000))\r\n"
      peer.send("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 70))
      peer.send("\(json)\r\nContent-Length: 2\r\n\r\n{}")
      peer.waitForEnd()
    }
    #expect(result.outcome == .httpProtocolError)
    #expect(result.detail.contains("64 KiB"))
  }

  @Test(arguments: [
    "garbage\n\n\n", "\u{0}\u{1}\u{2}", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/9.9 what\r\n\r\n",
  ])
  func aServerOfAnotherProtocolIsAnHTTPProtocolError(text: String) async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.send(text)
      peer.close()
    }
    #expect(result.outcome == .httpProtocolError)
  }

  @Test func aCloseWithoutAnswerIsAClosedConnection() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.close()
    }
    #expect(result.outcome == .connectionClosed)
  }

  @Test func aResetWithoutAnswerIsAClosedConnection() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.reset()
    }
    #expect(result.outcome == .connectionClosed)
  }

  @Test func aBodyShorterThanPromisedIsTruncated() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n\(json)\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\":")
      peer.close()
    }
    #expect(result.outcome == .truncated)
  }

  @Test func aResetInTheMiddleOfABodyIsTruncated() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n\(json)\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\":")
      // What has arrived before the reset can still be read after it.
      peer.reset()
    }
    #expect(result.outcome == .truncated)
  }

  @Test func aChunkOfNoSizeIsNoWholeResponse() async throws {
    let result = try await probe { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n\(json)\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
      peer.waitForEnd()
    }
    #expect([.truncated, .httpProtocolError].contains(result.outcome))
  }

  @Test func plainBytesThatClaimToBeGzipAreReadAsTheyAre() async throws {
    let result = try await probe { peer in
      guard let request = peer.readRequest() else { return }
      let body = discovery(id: request.id)
      peer.send(response(headers: [json, "Content-Encoding: gzip"], body: body))
      peer.waitForEnd()
    }
    #expect(result.outcome == .ok)
  }

  @Test func anInterimResponseIsNotTheResponse() async throws {
    let result = try await probe { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("HTTP/1.1 103 Early Hints\r\nMcp-Session-Id: early\r\n\r\n")
      peer.send(response(headers: [json], body: discovery(id: request.id)))
      peer.waitForEnd()
    }
    #expect(result.outcome == .ok)
    #expect(result.memory.sessionID == nil)
  }
}
