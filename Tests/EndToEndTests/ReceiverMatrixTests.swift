import Foundation
import Signals
import Synchronization
import TestSupport
import Testing

/// The faults of receivers by their names, against the agent. What takes minutes is under a virtual
/// clock (LongReceiverFaults of NotificationsTests); what a try is reported as is in
/// CurlTransportTests.
///
/// | fault | here | and |
/// |---|---|---|
/// | R1 429 and Retry-After | `R1` | RetryPolicies (the hour), RetryAfterTests, Destinations |
/// | R2 ten minutes of 5xx | | LongReceiverFaults `R2`, Delivering |
/// | R3 hang, half-close, reset | `R3` | ReceiverFaults, DeliveryFailureTests |
/// | R4 the answer is lost | `R4` | ReceiverFaults, StormKill |
/// | R5 a body without end | `R5` | DelivererTests |
/// | R6 redirects | `R6` | DelivererTests |
/// | R7 refusals | `R7` | LongReceiverFaults `R7`, RetryPolicies, Destinations, DeadLetters |
/// | R8 TLS | `R8` | LongReceiverFaults `R8`, DeliveryFailureTests |
/// | R9 one dead of ten | `R9` | ReceiverFaults, Delivering |
/// | R10 50,000 at once | | LongReceiverFaults `R10`, `make bench` (alerts) |
/// | R11 too slow for an hour | | LongReceiverFaults `R11`, Bounds |
/// | R12 hostile text, templates that fail | `R12` | ReceiverTests, TemplatesTests |
@Suite(.timeLimit(.minutes(5))) struct ReceiverMatrix {
  /// An agent with an MCP that is up, and these webhooks.
  private struct Stage {
    let bench: RuleBench
    let agent: AgentProcess

    init(_ urls: [String], timeout: String = "5s", rules: String = RuleBench.circuitOpen)
      async throws
    {
      bench = try RuleBench()
      try bench.scratch.write("rules.yml", rules)
      try bench.configure(
        ["one"], webhooks: urls.map { "url: \"\($0)\", timeout: \(timeout)" })
      agent = try await bench.start()
      try await bench.healthy(agent)
    }

    func breakIt() async throws { try await bench.turn(["one"], to: "500") }

    func figure(_ name: String, _ labels: [String: String] = [:]) async throws -> Double? {
      try await agent.metrics().value("breakwater_\(name)", labels)
    }
  }

  /// A receiver that answers the first try so, and takes all others.
  private func once(_ answer: ScriptedReceiver.Answer) -> ScriptedReceiver {
    ScriptedReceiver([answer])
  }

  /// Seconds from the first try to the second.
  private func pause(of receiver: ScriptedReceiver) -> Double? {
    let requests = receiver.requests
    guard requests.count > 1 else { return nil }
    return requests[0].arrivedAt.duration(to: requests[1].arrivedAt) / .seconds(1)
  }

  @Test func `R1: a receiver that asks for time is given it, and nonsense means soon`() async throws
  {
    let dated = ScriptedReceiver { request in
      let date = HTTPDate.text(Date(timeIntervalSinceNow: 6))
      return request.number == 0 ? .status(429, headers: ["Retry-After: \(date)"]) : .status(200)
    }
    var receivers = ["7", "1000000000", "-5", "soonish"].map {
      once(.status(429, headers: ["Retry-After: \($0)"]))
    }
    receivers.insert(dated, at: 1)
    let stage = try await Stage(receivers.map(\.url))
    try await stage.breakIt()
    for index in [0, 1, 3, 4] { _ = try await receivers[index].requests(count: 2) }
    #expect(try #require(pause(of: receivers[0])) >= 6.9)
    #expect(try #require(pause(of: receivers[1])) >= 4)
    #expect(try #require(pause(of: receivers[3])) < 30)
    #expect(try #require(pause(of: receivers[4])) < 30)
    #expect(receivers[2].requests.count == 1, "this one waits for an hour")
    for receiver in receivers {
      #expect(Set(receiver.webhooks.map(\.key)).count == 1)
    }
    try await until("all others are delivered") {
      try await stage.figure("notification_queue_length") == 1
    }
    #expect(try await stage.agent.process.stop() == 0)
  }

  /// Half an answer and then nothing, the end of the connection, a reset, and all is well.
  @Test func `R3: a receiver that hangs, closes or resets is sent the same message again`()
    async throws
  {
    let tries = Mutex<[Peer.Request]>([])
    let server = LoopbackServer { peer in
      while let request = peer.readRequest() {
        let number = tries.withLock { tries in
          tries.append(request)
          return tries.count
        }
        switch number {
        case 1:
          peer.send("HTTP/1.1 200 OK\r\nContent-")
          return peer.waitForEnd()
        case 2: return peer.close()
        case 3: return peer.reset()
        default: peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
      }
    }
    defer { server.stop() }
    let stage = try await Stage(["http://127.0.0.1:\(server.port)/"])
    try await stage.breakIt()
    try await until("it is delivered") { try await stage.figure("notifications_total") == 1 }
    let all = tries.withLock { $0 }
    #expect(all.count == 4)
    #expect(Set(all.map { $0.headers["idempotency-key"] ?? "" }).count == 1)
    #expect(Set(all.map(\.body)).count == 1)
    #expect(try await stage.agent.process.stop() == 0)
  }

  @Test func `R4: an answer that is lost makes one duplicate, which its key tells`() async throws {
    let receiver = once(.lost)
    let stage = try await Stage([receiver.url])
    try await stage.breakIt()
    try await until("it is delivered") { try await stage.figure("notifications_total") == 1 }
    let messages = receiver.webhooks
    #expect(messages.count == 2 && receiver.messages.count == 1)
    #expect(messages.first?.request.body == messages.last?.request.body)
    #expect(try await stage.agent.process.stop() == 0)
  }

  @Test func `R5: a 200 with a body of a gibibyte is a success, and hardly read`() async throws {
    let server = LoopbackServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
      let piece = [UInt8](repeating: 0x20, count: 65_536)
      while peer.send(piece) {}
    }
    defer { server.stop() }
    let stage = try await Stage(["http://127.0.0.1:\(server.port)/"])
    try await stage.breakIt()
    try await until("it is delivered") { try await stage.figure("notifications_total") == 1 }
    #expect(server.requests.count == 1)
    // What sockets hold is among it.
    #expect(server.bytesSent < 32 << 20)
    #expect(try await stage.agent.process.stop() == 0)
  }

  @Test func `R6: a redirect is not followed, and the log says what came`() async throws {
    let elsewhere = ScriptedReceiver()
    let receivers = [301, 302, 307].map {
      once(.status($0, headers: ["Location: \(elsewhere.url)"]))
    }
    let stage = try await Stage(receivers.map(\.url))
    try await stage.breakIt()
    try await until("all three have failed") {
      try await stage.figure("notification_failed_tries_total", ["reason": "client_error"]) == 3
    }
    #expect(elsewhere.accepted == 0)
    #expect(receivers.map(\.requests.count) == [1, 1, 1])
    #expect(try await stage.figure("notification_queue_length") == 3, "they may be mended")
    #expect(stage.agent.process.errors.contains("HTTP 30"))
    #expect(try await stage.agent.process.stop() == 0)
  }

  /// A refusal may be a deployment's and is tried again in minutes; 410 is final; 413 gives way to
  /// a smaller message at once.
  @Test func `R7: refusals wait, 410 is final, and 413 makes the message smaller`() async throws {
    let rules = """
      groups:
        - name: mcp
          rules:
            - alert: Open
              expr: mcp_health_status{status="circuit_open"} == 1
              annotations:
                long: '\(String(repeating: "0123456789", count: 1_500))'
                longer: '\(String(repeating: "abcdefghij", count: 1_600))'

      """
    let refusing = [400, 401, 403, 404].map { once(.status($0)) }
    let gone = once(.status(410))
    let small = ScriptedReceiver { $0.body.count > 40_000 ? .status(413) : .status(200) }
    let stage = try await Stage((refusing + [gone, small]).map(\.url), rules: rules)
    try await stage.breakIt()
    try await until("the small one is told") {
      small.webhooks.contains { $0.request.body.count <= 40_000 }
    }
    let sizes = small.requests.map(\.body.count)
    #expect((2...4).contains(sizes.count), "\(sizes)")
    #expect(small.webhooks.last?.body["alerts"].array.first?["labels"]["mcp"].string == "one")
    #expect(Set(small.webhooks.map(\.key)).count == sizes.count, "another message, another key")
    try await until("what was gone is told anew") { gone.requests.count == 2 }
    for receiver in refusing { #expect(receiver.requests.count == 1) }
    try await until("the others are delivered") {
      try await stage.figure("notification_queue_length") == 4
    }
    #expect(try await stage.figure("notification_dead_letters") == 1)
    #expect(try await stage.agent.process.stop() == 0)
  }

  /// A server without TLS where it is expected; then the URL is mended.
  @Test func `R8: what TLS has kept from being sent is sent when that works`() async throws {
    let plain = LoopbackServer { peer in
      peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
      peer.waitForEnd()
    }
    defer { plain.stop() }
    let stage = try await Stage(["https://127.0.0.1:\(plain.port)/hook"])
    try await stage.breakIt()
    try await until("tries fail") {
      (try await stage.figure("notification_failed_tries_total", ["reason": "network"]) ?? 0) >= 2
    }
    #expect(try await stage.figure("notification_queue_length") == 1)
    let receiver = ScriptedReceiver()
    try stage.bench.configure(["one"], webhooks: ["url: \"\(receiver.url)\""])
    stage.agent.process.send(SIGHUP)
    try await receiver.told("one", "firing")
    try await until("it is delivered") { try await stage.figure("notifications_total") == 1 }
    #expect(receiver.requests.count == 1)
    #expect(try await stage.agent.process.stop() == 0)
  }

  /// P4: probe interval, timeout, rules at once, a second, and five to deliver.
  @Test func `R9: with one dead receiver of ten the nine others hear in time`() async throws {
    let dead = ScriptedReceiver(then: .hang)
    let living = (0..<9).map { _ in ScriptedReceiver() }
    let stage = try await Stage([dead.url] + living.map(\.url), timeout: "60s")
    try await stage.breakIt()
    for receiver in living { try await receiver.told("one", "firing") }
    let events = try await stage.agent.events(of: "one")
    let opened = try #require(events.last { $0["type"].string == "circuit_opened" })
    let delays = living.compactMap { $0.requests.first }.map {
      $0.arrivedAtWall - instant(opened["timestamp"].string)
    }
    // Far below the time that the dead one has.
    #expect(try #require(delays.max()) < 30, "\(delays)")
    #expect(try #require(delays.min()) < 6, "\(delays)")
    try await stage.bench.turn(["one"], to: "ok")
    for receiver in living { try await receiver.told("one", "resolved") }
    #expect(dead.requests.count == 1)
    #expect(try await stage.agent.process.stop() == 0)
  }
}

/// A date as Retry-After has it.
private enum HTTPDate {
  static func text(_ date: Date) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter.string(from: date)
  }
}
