import CurlTransport
import Notifications
import Signals
import Synchronization
import TestSupport
import Testing

/// What a receiver is sent, and what its answers are reported as.
@Suite struct DelivererTests {
  @Test func theRequestIsAPostOfJSONWithItsKey() async throws {
    let receiver = ScriptedReceiver()
    let result = try await deliver(to: receiver.url, body: #"{"a":1}"#)
    #expect(result == .answered(status: 200, retryAfter: nil))
    let request = try #require(receiver.requests.first)
    #expect(request.line == "POST /hook HTTP/1.1")
    #expect(request.text == #"{"a":1}"#)
    #expect(request.headers["host"] == "127.0.0.1:\(receiver.port)")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["user-agent"] == "breakwater/1.2.3")
    #expect(request.idempotencyKey == "key-1")
    for name in ["expect", "accept-encoding", "cookie", "authorization"] {
      #expect(request.headers[name] == nil, "\(name)")
    }
    #expect(request.timestamp == nil && request.signature == nil)
  }

  /// `printf '784111777:BODY' | openssl dgst -sha256 -hmac 's3cret key'` says the same.
  @Test func theSignatureIsThatOfTheTimestampAndTheBody() async throws {
    let receiver = ScriptedReceiver()
    let body = #"{"status":"firing","text":"é"}"#
    _ = try await deliver(to: receiver.url, body: body) {
      $0.signingSecret = Secret("s3cret key")
    }
    let request = try #require(receiver.requests.first)
    #expect(request.timestamp == "784111777")
    #expect(
      request.signature == "353b70e34aab14b0a8a04cccd933663840ed2add507fc0d478aa7c6a7b07906a"
    )
    #expect(request.text == body)
  }

  /// While a receiver goes over to another secret, either one shows it that the message is ours.
  @Test func twoSecretsMakeTwoSignaturesOfTheSame() async throws {
    let receiver = ScriptedReceiver()
    let body = #"{"status":"firing","text":"é"}"#
    _ = try await deliver(to: receiver.url, body: body) {
      $0.signingSecret = Secret("s3cret key")
      $0.nextSigningSecret = Secret("n3xt key")
    }
    let request = try #require(receiver.requests.first)
    #expect(
      request.signature == "353b70e34aab14b0a8a04cccd933663840ed2add507fc0d478aa7c6a7b07906a")
    #expect(
      request.headers["x-breakwater-signature-next"]
        == "dc37d3f911e79972324704903b7f8ed3514bfeb81caf3a3cc2eaa12d1d61a3f7")
  }

  @Test func theNextSecretAloneIsTheOnlyOne() async throws {
    let receiver = ScriptedReceiver()
    _ = try await deliver(to: receiver.url, body: #"{"status":"firing","text":"é"}"#) {
      $0.nextSigningSecret = Secret("n3xt key")
    }
    let request = try #require(receiver.requests.first)
    #expect(
      request.signature == "dc37d3f911e79972324704903b7f8ed3514bfeb81caf3a3cc2eaa12d1d61a3f7")
    #expect(request.headers["x-breakwater-signature-next"] == nil)
  }

  @Test func whatTheWebhookSaysOfHTTPApplies() async throws {
    let receiver = ScriptedReceiver()
    let result = try await deliver(to: "http://chat.invalid:99/hook") { webhook in
      webhook.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer hunter2"), isCredential: true),
        .init(name: "X-Empty", value: Secret(""), isCredential: false),
      ]
      webhook.http.hostHeader = "chat.example"
      webhook.http.connectTo = "chat.invalid:99:127.0.0.1:\(receiver.port)"
    }
    #expect(result.short == "200")
    let request = try #require(receiver.requests.first)
    #expect(request.headers["authorization"] == "Bearer hunter2")
    #expect(request.headers["x-empty"] == "")
    #expect(request.headers["host"] == "chat.example")
  }

  @Test(arguments: [200, 201, 204, 299, 400, 401, 404, 410, 413, 429, 500, 502, 503, 504])
  func everyStatusIsReported(status: Int) async throws {
    let receiver = ScriptedReceiver([.status(status)])
    #expect(try await deliver(to: receiver.url).short == "\(status)")
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func aRedirectIsReportedAndNotFollowed(status: Int) async throws {
    let other = ScriptedReceiver()
    let receiver = ScriptedReceiver([.status(status, headers: ["Location: \(other.url)"])])
    #expect(try await deliver(to: receiver.url).short == "\(status)")
    #expect(receiver.requests.count == 1 && other.accepted == 0)
  }

  @Test func whatTheReceiverAsksToWaitIsReported() async throws {
    let receiver = ScriptedReceiver([.status(429, headers: ["Retry-After: 7"])])
    let result = try await deliver(to: receiver.url)
    #expect(result == .answered(status: 429, retryAfter: .seconds(7)))
    let date = "Retry-After: Sun, 06 Nov 1994 08:49:47 GMT"
    let dated = ScriptedReceiver([.status(503, headers: [date])])
    let later = try await deliver(to: dated.url)
    #expect(later == .answered(status: 503, retryAfter: .milliseconds(9500)))
  }

  @Test func anInterimResponseIsNotTheAnswer() async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
      peer.waitForEnd()
    }
    defer { server.stop() }
    #expect(try await deliver(to: server.url).short == "500")
  }

  @Test func aBodyWithoutEndIsNotReadAndChangesNothing() async throws {
    let sent = Mutex(0)
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
      let piece = [UInt8](repeating: 0x20, count: 65_536)
      while peer.send(piece) { sent.withLock { $0 += piece.count } }
    }
    defer { server.stop() }
    #expect(try await deliver(to: server.url).short == "200")
    // What the sockets between us hold, and nothing like the whole.
    #expect(sent.withLock { $0 } < 64 << 20)
  }

  @Test(arguments: [false, true])
  func aBodyThatDoesNotComeChangesNothing(isCut: Bool) async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nok")
      if !isCut { peer.waitForEnd() }
      peer.close()
    }
    defer { server.stop() }
    #expect(try await deliver(to: server.url).short == "202")
  }

  @Test func aConnectionIsKeptForTheNextDelivery() async throws {
    let receiver = ScriptedReceiver(then: .status(200, body: "ok"))
    let delivering = try Delivering()
    defer { delivering.deliverer.stop() }
    for count in 1...20 {
      delivering.deliverer.start([delivery(receiver.url, message: UInt64(count))])
      _ = try await delivering.reports(count: count)
    }
    #expect(delivering.reports.allSatisfy { $0.result.short == "200" })
    #expect(delivering.reports.compactMap(\.id.message) == Array(1...20))
    #expect(delivering.reports.allSatisfy { $0.attempt == 3 })
    #expect(receiver.accepted == 1)
  }
}
