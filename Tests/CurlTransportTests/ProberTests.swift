import Agent
import CurlTransport
import Foundation
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

/// Orders in, reports out.
@Suite struct ProberTests {
  @Test func stoppingReportsEverythingUnderWayOnceAsCancelled() async throws {
    let server = LoopbackServer { $0.waitForEnd() }
    defer { server.stop() }
    let probing = try Probing()
    probing.prober.start(try (0..<100).map { try order(server.url, mcp: $0) })
    try await until("100 connections") { server.accepted == 100 }
    probing.prober.stop()
    #expect(probing.reports.map(\.mcp.number).sorted() == Array(0..<100))
    #expect(probing.reports.allSatisfy { $0.result.outcome == .cancelled })
    #expect(probing.prober.inFlight == 0)
  }

  @Test func anMCPIsInHandWhileItsAnswerIsReadAndNotWhileItIsAwaited() async throws {
    let marks = Marks()
    let server = LoopbackServer { peer in
      while let request = peer.readRequest() {
        marks.note("asked")
        peer.send(response(headers: [json], body: discovery(id: request.id)))
      }
    }
    defer { server.stop() }
    let probing = try Probing { $0.marking = marks }
    defer { probing.prober.stop() }
    var order = try order(server.url)
    order.name = "weather"
    probing.prober.start([order])
    #expect(try await probing.reports(count: 1).first?.result.outcome == .ok)
    let seen = marks.seen
    let asked = try #require(seen.firstIndex(of: "asked"))
    #expect(seen.prefix(asked) == ["weather", ""], "while the order is begun")
    #expect(seen.suffix(from: asked).contains("weather"), "while the answer is read")
    #expect(seen.last == "")
  }

  /// What is in hand, one after the other.
  private final class Marks: WorkMarking {
    private let items = Mutex<[String]>([])

    var seen: [String] { items.withLock { $0 } }
    func note(_ text: String) { items.withLock { $0.append(text) } }
    func take(_ item: WorkItem) { note(item.name) }
    func clear() { note("") }
  }

  @Test func stoppingTwiceIsStoppingOnce() throws {
    let probing = try Probing()
    probing.prober.start([try order("http://127.0.0.1:9/")])
    probing.prober.stop()
    probing.prober.stop()
    probing.prober.start([try order("http://127.0.0.1:9/")])
    #expect(probing.reports.count == 1)
    #expect(probing.prober.inFlight == 0)
  }

  @Test func aForgottenMCPIsNotReported() async throws {
    let hanging = LoopbackServer { $0.waitForEnd() }
    let healthy = LoopbackServer { $0.serve() }
    defer {
      hanging.stop()
      healthy.stop()
    }
    let probing = try Probing()
    probing.prober.start(try (1...10).map { try order(hanging.url, mcp: $0) })
    try await until("10 connections") { hanging.accepted == 10 }
    probing.prober.forget((1...10).map { MCPID(number: $0) })
    probing.prober.start([try order(healthy.url, mcp: 11)])
    #expect(try await probing.reports(count: 1).map(\.mcp.number) == [11])
    #expect(probing.prober.inFlight == 0)
    probing.prober.stop()
    #expect(probing.reports.count == 1)
  }

  @Test func anOrderWhoseDeadlineHasPassedIsOurFaultAndNoRequest() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let result = try await probe(server.url, timeout: .milliseconds(-5))
    #expect(result.outcome == .internalError)
    #expect(server.accepted == 0)
  }

  /// Whoever takes the reports holds the thread up, as a stop of the process would.
  @Test func whatIsUnderWayWhenTheThreadStoodStillIsOurFault() async throws {
    let mute = LoopbackServer { $0.waitForEnd() }
    let healthy = LoopbackServer { $0.serve() }
    defer {
      mute.stop()
      healthy.stop()
    }
    let gate = DispatchSemaphore(value: 0)
    let probing = try Probing(onReports: { reports in
      if reports.contains(where: { $0.mcp.number == 1 }) { gate.wait() }
    })
    defer { probing.prober.stop() }
    let given = ContinuousClock.now
    probing.prober.start([try order(mute.url, mcp: 2, timeout: .seconds(20))])
    try await until("the mute server is asked") { mute.accepted == 1 }
    probing.prober.start([try order(healthy.url, mcp: 1)])
    try await until("a second after the deadline") {
      given.duration(to: .now) > .milliseconds(21_300)
    }
    gate.signal()
    let reports = try await probing.reports(count: 2)
    #expect(reports.map(\.result.outcome) == [.ok, .internalError])
    #expect(reports.last?.result.detail.hasSuffix("the agent itself stood still") == true)
    #expect(probing.prober.inFlight == 0)
  }

  @Test func oneOrderTooManyIsOurFault() async throws {
    let server = LoopbackServer { $0.waitForEnd() }
    defer { server.stop() }
    let probing = try Probing { $0.ordersMax = 3 }
    probing.prober.start(try (0..<4).map { try order(server.url, mcp: $0) })
    let report = try #require(try await probing.reports(count: 1).first)
    #expect(report.mcp.number == 3 && report.result.outcome == .internalError)
    probing.prober.stop()
    #expect(probing.reports.count == 4)
  }

  @Test func endingASessionGivesNoReportAndIsBounded() async throws {
    let server = LoopbackServer { $0.waitForEnd() }
    defer { server.stop() }
    let probing = try Probing { $0.endSessionTimeout = .milliseconds(50) }
    defer { probing.prober.stop() }
    var goodbye = try order(server.url, purpose: .endSession)
    goodbye.memory.transport = .streamableHTTP
    goodbye.memory.protocolVersion = "2025-11-25"
    goodbye.memory.sessionID = "abc"
    probing.prober.start([goodbye])
    probing.prober.forget([goodbye.mcp])
    try await until("a connection") { server.accepted == 1 }
    try await until("the goodbye's end") { probing.prober.inFlight == 0 }
    #expect(probing.reports.isEmpty)
  }

  @Test func thePermitComesBackWithTheReport() async throws {
    let probing = try Probing()
    defer { probing.prober.stop() }
    let order = try order("http://127.0.0.1:\(LoopbackServer.closedPort())/", mcp: 7)
    probing.prober.start([order])
    let report = try #require(try await probing.reports(count: 1).first)
    #expect(report.mcp == order.mcp && report.permit == order.permit)
  }

  @Test func probingOnceNeedsNoProber() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let result = await probeOnce(
      ProbeTarget(url: server.url), timeout: .seconds(60), purpose: .liveness, clientVersion: "1")
    #expect(result.outcome == .ok)
    #expect(result.duration > .zero)
  }

  @Test func probingOnceEndsTheSessionThatBeganWithIt() async throws {
    let methods = Marks()
    let server = LoopbackServer { peer in
      while let request = peer.readRequest() {
        let method = request.line.prefix { $0 != " " }
        methods.note("\(method) \(request.headers["mcp-session-id"] ?? "")")
        switch String(decoding: request.body, as: UTF8.self) {
        case let body where body.contains("initialize\""):
          let headers = [json, "Mcp-Session-Id: abc"]
          peer.send(response(headers: headers, body: greeting(id: request.id)))
        case let body where body.contains("discover"):
          peer.send(response("400 Bad Request", body: "no"))
        case let body where body.contains("ping"):
          let pong = #"{"jsonrpc":"2.0","id":\#(request.id),"result":{}}"#
          peer.send(response(headers: [json], body: pong))
        default: peer.send(response("202 Accepted", body: ""))
        }
      }
    }
    defer { server.stop() }
    let result = await probeOnce(
      ProbeTarget(url: server.url), timeout: .seconds(60), purpose: .liveness, clientVersion: "1")
    #expect(result.outcome == .ok)
    #expect(methods.seen == ["POST ", "POST ", "POST abc", "DELETE abc"])
  }

  @Test func itsThreadIsNamedAndEndsWithIt() async throws {
    func name(of thread: String) -> String? {
      try? String(contentsOfFile: "/proc/\(thread)/comm", encoding: .utf8)
    }
    // Reports come on the prober's thread, which so tells which one it is.
    let seen = Mutex<String?>(nil)
    let prober = try Prober(settings: ProberSettings(clientVersion: "1")) { _ in
      let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
      seen.withLock { $0 = link }
    }
    prober.start([try order("http://127.0.0.1:\(LoopbackServer.closedPort())/")])
    let thread = try await eventually("a report") { seen.withLock { $0 } }
    #expect(name(of: thread) == "prober\n")
    prober.stop()
    try await until("the end of the thread") { name(of: thread) == nil }
  }

  @Test func theVersionNamesLibcurl() {
    #expect(CurlVersion.text.hasPrefix("libcurl/"))
  }
}
