import CurlTransport
import Notifications
import Signals
import TestSupport
import Testing

/// Deliveries without an answer: why, and whether the message may have arrived all the same.
@Suite struct DeliveryFailureTests {
  @Test func aReceiverThatHangsEndsAtTheDeadline() async throws {
    let receiver = ScriptedReceiver(then: .hang)
    let result = try await deliver(to: receiver.url, timeout: .seconds(3))
    #expect(result.short == "timeout?")
    #expect(receiver.requests.count == 1)
  }

  @Test func aResetAfterTheRequestMayHaveArrived() async throws {
    let receiver = ScriptedReceiver(then: .reset)
    #expect(try await deliver(to: receiver.url).short == "network?")
    #expect(receiver.requests.count == 1)
  }

  @Test func anAnswerThatIsLostMayHaveArrived() async throws {
    let receiver = ScriptedReceiver(then: .lost)
    #expect(try await deliver(to: receiver.url).short == "network?")
    #expect(receiver.requests.count == 1)
  }

  @Test func anAnswerThatIsNoHTTPMayHaveArrived() async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("SSH-2.0-OpenSSH_9.2\r\n")
      peer.waitForEnd()
    }
    defer { server.stop() }
    #expect(try await deliver(to: server.url).short == "network?")
  }

  @Test func aHeadOfAMegabyteIsRefused() async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\n" + String(repeating: "X-Filler: x\r\n", count: 80_000))
      peer.waitForEnd()
    }
    defer { server.stop() }
    #expect(try await deliver(to: server.url).short == "network?")
  }

  @Test func aReceiverThatReadsNothingMayHaveGotSome() async throws {
    let server = LoopbackServer(accepts: false) { _ in }
    let body = String(repeating: " ", count: 8 << 20)
    let result = try await deliver(to: server.url, body: body, timeout: .seconds(3))
    #expect(result.short == "timeout?")
  }

  @Test func nobodyThereHasArrivedNowhere() async throws {
    let refused = try await deliver(to: "http://127.0.0.1:\(LoopbackServer.closedPort())/hook")
    #expect(refused.short == "connect")
    #expect(try await deliver(to: "http://no-such-host.invalid/hook").short == "dns")
    let full = LoopbackServer(backlog: 0, accepts: false) { _ in }
    full.fillBacklog()
    let late = try await deliver(to: full.url, timeout: .milliseconds(400))
    #expect(late.short == "timeout")
    #expect(try await deliver(to: full.url, timeout: .zero).short == "timeout")
  }

  @Test func aTLSFailureHasArrivedNowhere() async throws {
    let plain = LoopbackServer { peer in
      peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
      peer.waitForEnd()
    }
    defer { plain.stop() }
    #expect(try await deliver(to: "https://127.0.0.1:\(plain.port)/hook").short == "tls")
    let silent = LoopbackServer { $0.waitForEnd() }
    defer { silent.stop() }
    let url = "https://127.0.0.1:\(silent.port)/hook"
    #expect(try await deliver(to: url, timeout: .milliseconds(400)).short == "timeout")
  }

  @Test func aCertificateIsVerifiedAndOursShown() async throws {
    let server = try await TLSServer(names: "IP:127.0.0.1", demandsClientCertificate: true)
    defer { server.stop() }
    #expect(try await deliver(to: server.url).short == "tls")
    let without = try await deliver(to: server.url) { $0.http.tls.caFile = server.certificate }
    // The server's complaint, unless the end of the connection overtakes it.
    #expect(["tls", "network", "network?"].contains(without.short), "\(without)")
    let with = try await deliver(to: server.url, body: #"{"id":1}"#) { webhook in
      webhook.http.tls.caFile = server.certificate
      webhook.http.tls.certFile = server.certificate
      webhook.http.tls.keyFile = server.key
    }
    #expect(with.short == "200")
  }

  @Test(arguments: ["http", "https"])
  func aProxyThatRefusesHasLetNothingThrough(scheme: String) async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
      peer.waitForEnd()
    }
    defer { server.stop() }
    let demanding = try await deliver(to: "\(scheme)://chat.invalid/hook") {
      $0.http.proxyURL = Secret("http://user:hunter2@127.0.0.1:\(server.port)")
    }
    #expect(demanding.short == (scheme == "http" ? "local" : "connect"))
    let absent = try await deliver(to: "\(scheme)://chat.invalid/hook") {
      $0.http.proxyURL = Secret("http://user:hunter2@127.0.0.1:\(LoopbackServer.closedPort())")
    }
    #expect(absent.short == "connect")
    #expect(!(demanding.detail + absent.detail).contains("hunter2"))
  }

  @Test func aHeaderThatWouldBecomeTwoIsOurFaultAndNotShown() async throws {
    let result = try await deliver(to: "http://127.0.0.1:9/") { webhook in
      webhook.http.headers = [
        .init(name: "X-Key", value: Secret("hunter2\r\nX-Other: 1"), isCredential: true)
      ]
    }
    #expect(result.short == "local")
    #expect(result.detail.contains("X-Key") && !result.detail.contains("hunter2"))
  }

  @Test(arguments: [
    "ftp://127.0.0.1/s3cret-path", "file:///s3cret-path", "http://127.0.0.1:99999/s3cret-path",
    "s3cret-path", "http://127.0.0.1:1/s3cret-path?key=s3cret-key",
    "http://no-such-host.invalid?s3cret-key", "https://127.0.0.1:1/s3cret-path",
    "http://127.0.0.1:1/s3cret-path with blanks", "nonsense://127.0.0.1:1/s3cret-path",
  ])
  func noDetailShowsTheURL(url: String) async throws {
    let result = try await deliver(to: url) { $0.signingSecret = Secret("s3cret-signing") }
    #expect(["local", "connect", "dns"].contains(result.short), "\(result)")
    #expect(!result.detail.isEmpty)
    #expect(!"\(result)".contains("s3cret"), "\(result)")
  }
}
