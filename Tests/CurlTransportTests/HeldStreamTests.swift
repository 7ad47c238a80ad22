import Agent
import CurlTransport
import Foundation
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

/// A server of the transport of 2024-11-05 on real sockets: streams, and messages that are answered
/// on them.
private final class StreamServer: Sendable {
  private struct State {
    var streams: [Int: Peer] = [:]
    var opened = 0
    var closed = 0
    var posts = 0
    /// Messages are taken and not answered.
    var isMute = false
    /// The value of `Authorization` that every request must have.
    var password: String?
  }

  private let state = Mutex(State())
  private let server = Mutex<LoopbackServer?>(nil)

  init() {
    server.withLock { $0 = LoopbackServer { [unowned self] peer in serve(peer) } }
  }

  var url: String {
    (server.withLock { $0?.url } ?? "").replacingOccurrences(of: "/mcp", with: "/sse")
  }
  var opened: Int { state.withLock { $0.opened } }
  var live: Int { state.withLock { $0.opened - $0.closed } }
  var posts: Int { state.withLock { $0.posts } }
  func demand(_ password: String) { state.withLock { $0.password = password } }
  func mute() { state.withLock { $0.isMute = true } }
  func stop() { server.withLock { $0?.stop() } }
  /// Ends all streams, as a restart would.
  func dropStreams() {
    for peer in state.withLock({ $0.streams.values.map { $0 } }) { peer.hangUp() }
  }

  private func serve(_ peer: Peer) {
    while let request = peer.readRequest() {
      let password = state.withLock { $0.password }
      guard password == nil || request.headers["authorization"] == password else {
        peer.send(response("401 Unauthorized", headers: ["WWW-Authenticate: Bearer"], body: ""))
        continue
      }
      if request.line.hasPrefix("GET") { return stream(to: peer) }
      answer(request, from: peer)
    }
  }

  private func stream(to peer: Peer) {
    let number = state.withLock { state in
      state.opened += 1
      state.streams[state.opened] = peer
      return state.opened
    }
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    peer.send("event: endpoint\ndata: /messages?session=\(number)\n\n")
    peer.waitForEnd()
    state.withLock { state in
      state.closed += 1
      state.streams[number] = nil
    }
  }

  private func answer(_ request: Peer.Request, from peer: Peer) {
    let number = request.line.firstRange(of: "session=").map {
      Int(request.line[$0.upperBound...].prefix { $0.isNumber }) ?? 0
    }
    let (stream, isMute) = state.withLock { state in
      state.posts += 1
      return (state.streams[number ?? 0], state.isMute)
    }
    guard let stream else {
      peer.send(response("404 Not Found", body: "no such session"))
      return
    }
    peer.send(response("202 Accepted", body: "Accepted"))
    let text = String(decoding: request.body, as: UTF8.self)
    guard text.contains("\"id\""), !isMute else { return }
    let result =
      text.contains("initialize")
      ? #"{"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{"name":"s"}}"#
      : "{}"
    stream.send(
      "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":\(request.id),\"result\":\(result)}\n\n")
  }
}

@Suite struct HeldStreamTests {
  private func order(
    _ server: StreamServer, memory: ServerMemory = ServerMemory(), timeout: Duration = .seconds(60),
    purpose: ProbePurpose = .liveness
  ) throws -> ProbeOrder {
    var order = try CurlTransportTests.order(
      server.url, mcp: 7, timeout: timeout, purpose: purpose)
    order.memory = memory
    return order
  }

  /// Probes one after another, each with what the one before remembered.
  private func probe(
    _ server: StreamServer, times: Int, on probing: Probing, timeout: Duration = .seconds(60)
  ) async throws -> [ProbeResult] {
    for _ in 0..<times {
      let memory = probing.reports.last?.result.memory ?? ServerMemory()
      let count = probing.reports.count
      probing.prober.start([try order(server, memory: memory, timeout: timeout)])
      _ = try await probing.reports(count: count + 1)
    }
    return probing.reports.map(\.result)
  }

  @Test func manyProbesAreOneStream() async throws {
    let server = StreamServer()
    defer { server.stop() }
    let probing = try Probing()
    let results = try await probe(server, times: 300, on: probing)
    #expect(results.allSatisfy { $0.outcome == .ok && $0.transport == .httpSSE })
    #expect(server.opened == 1)
    #expect(server.live == 1)
    #expect(server.posts == 301, "initialize, initialized and 299 pings")
    probing.prober.stop()
    try await until("the stream closes") { server.live == 0 }
  }

  @Test func timesAddUpAndAreToldByMethod() async throws {
    let server = StreamServer()
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    let result = try #require(try await probe(server, times: 1, on: probing).first)
    #expect(result.methods.map(\.stage) == [.sseOpen, .initialize, .initialized])
    #expect(result.methods.map(\.requests) == [1, 1, 1])
    #expect(result.methods.map(\.reused) == [0, 0, 1])
    #expect(result.times.total == result.duration)
    #expect(result.times.connect > .zero)
    let byMethod = result.methods.reduce(Duration.zero) { $0 + $1.times.total }
    #expect(byMethod <= result.duration)
  }

  @Test func aStreamThatEndedBetweenProbesIsOpenedAgain() async throws {
    let server = StreamServer()
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    _ = try await probe(server, times: 2, on: probing)
    server.dropStreams()
    try await until("the stream closes") { server.live == 0 }
    let results = try await probe(server, times: 2, on: probing)
    #expect(results.suffix(2).map(\.outcome) == [.ok, .ok])
    #expect(results.dropLast().last?.warnings == [.sessionReinit])
    #expect(server.opened == 2)
  }

  @Test(arguments: [ProbePurpose.endSession, nil])
  func theGoodbyeAndForgettingCloseIt(_ purpose: ProbePurpose?) async throws {
    let server = StreamServer()
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    let result = try #require(try await probe(server, times: 1, on: probing).first)
    #expect(server.live == 1)
    if let purpose {
      probing.prober.start([try order(server, memory: result.memory, purpose: purpose)])
    } else {
      probing.prober.forget([MCPID(number: 7)])
    }
    try await until("the stream closes") { server.live == 0 }
    #expect(server.posts == 2, "nothing more is said")
  }

  @Test func anAnswerThatDoesNotComeIsATimeoutAndTheSecondEndsTheStream() async throws {
    let server = StreamServer()
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    _ = try await probe(server, times: 1, on: probing)
    server.mute()
    let results = try await probe(server, times: 2, on: probing, timeout: .seconds(3))
    #expect(server.opened == 1)
    let result = try #require(results.last)
    #expect(result.outcome == .timeoutBody)
    #expect(result.stage == .sseStream)
    #expect(result.duration >= .seconds(1))
    #expect(result.times.wait >= .seconds(1))
    #expect(result.times.total == result.duration)
    try await until("the stream closes") { server.live == 0 }
  }

  /// A stream is judged when it is opened; under another policy another one is.
  @Test func aStreamIsNotHeldOverAChangeOfTheAddressPolicy() async throws {
    let server = StreamServer()
    defer { server.stop() }
    let gate = AddressGate()
    let probing = try Probing { $0.gate = gate }
    defer { probing.prober.stop() }
    _ = try await probe(server, times: 2, on: probing)
    #expect(server.opened == 1)
    gate.policy.deny = [try IPNetwork("127.0.0.0/8")]
    let denied = try await probe(server, times: 1, on: probing)
    #expect(denied.last?.outcome == .configError)
    try await until("the stream closes") { server.live == 0 }
    gate.policy.deny = [try IPNetwork("10.0.0.0/8")]
    let again = try await probe(server, times: 2, on: probing)
    #expect(again.suffix(2).map(\.outcome) == [.ok, .ok])
    #expect(server.opened == 2)
  }

  @Test func aTokenIsSentWithTheStreamAndRenewedWhenItIsRefused() async throws {
    let server = StreamServer()
    let given = Mutex(0)
    let endpoint = LoopbackServer { peer in
      while peer.readRequest() != nil {
        let number = given.withLock { given in
          given += 1
          return given
        }
        peer.send(response(headers: [json], body: #"{"access_token":"token-\#(number)"}"#))
      }
    }
    let probing = try Probing()
    defer {
      server.stop()
      endpoint.stop()
      probing.prober.stop()
    }
    func probe() async throws -> ProbeResult {
      let memory = probing.reports.last?.result.memory ?? ServerMemory()
      var order = try order(server, memory: memory)
      order.target.http.oauth2 = OAuth2Settings(
        clientID: "me", clientSecret: StoredSecret(Secret("hunter2")), tokenURL: endpoint.url)
      let count = probing.reports.count
      probing.prober.start([order])
      return try await probing.reports(count: count + 1)[count].result
    }
    server.demand("Bearer token-1")
    let first = try await probe()
    #expect(first.outcome == .ok, "\(first.detail)")
    #expect(first.methods.map(\.stage) == [.token, .sseOpen, .initialize, .initialized])
    // The next POST is refused, and a later opening too.
    server.demand("Bearer token-2")
    #expect(try await probe().outcome == .ok)
    #expect(server.opened == 1)
    server.demand("Bearer token-3")
    server.dropStreams()
    try await until("the stream closes") { server.live == 0 }
    let third = try await probe()
    #expect(third.outcome == .ok, "\(third.detail)")
    #expect(given.withLock { $0 } == 3)
    #expect(server.opened == 2)
  }

  @Test func oneStreamTooManyIsNotHeld() async throws {
    let server = StreamServer()
    defer { server.stop() }
    let probing = try Probing { $0.heldStreamsMax = 0 }
    defer { probing.prober.stop() }
    let results = try await probe(server, times: 3, on: probing)
    #expect(results.allSatisfy { $0.outcome == .ok })
    #expect(server.opened == 3)
    try await until("no stream is left") { server.live == 0 }
  }

  @Test func aStreamWithoutAnEndpointIsGivenUpSoon() async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n")
      peer.waitForEnd()
    }
    defer { server.stop() }
    let result = try await CurlTransportTests.probe(server.url) { $0.transport = .sse }
    #expect(result.outcome == .sseNoEndpoint)
    #expect(result.duration >= .milliseconds(2900))
    #expect(result.times.total == result.duration)
  }

  @Test func aStreamWhoseHeadDoesNotComeIsATimeout() async throws {
    let server = LoopbackServer { $0.waitForEnd() }
    defer { server.stop() }
    let result = try await CurlTransportTests.probe(server.url, timeout: .milliseconds(300)) {
      $0.transport = .sse
    }
    #expect(result.outcome == .timeout)
    #expect(result.stage == .sseOpen)
  }

  @Test(arguments: [("200 OK", ProbeOutcome.notMCP), ("404 Not Found", .notFound)])
  func aLongPageIsNoStream(_ status: String, _ outcome: ProbeOutcome) async throws {
    let page = String(repeating: "<p>", count: 60_000)
    let server = LoopbackServer { peer in
      while peer.readRequest() != nil {
        peer.send(response(status, headers: ["Content-Type: text/html"], body: page))
      }
    }
    defer { server.stop() }
    let result = try await CurlTransportTests.probe(server.url) { $0.transport = .sse }
    #expect(result.outcome == outcome, "\(result.detail)")
  }

  @Test func aStreamCannotFloodUs() async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ")
      let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      while peer.send(piece) {}
    }
    defer { server.stop() }
    let result = try await CurlTransportTests.probe(server.url) { $0.transport = .sse }
    #expect(result.outcome == .responseTooLarge)
  }
}
