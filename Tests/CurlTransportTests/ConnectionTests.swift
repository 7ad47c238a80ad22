import Agent
import CurlTransport
import MCPWire
import Synchronization
import TestSupport
import Testing

/// How connections are kept, shared and renewed. One after the other: some have 500 and more.
@Suite(.serialized) struct ConnectionTests {
  @Test func aHundredProbesUseOneConnection() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    for count in 1...100 {
      probing.prober.start([try order(server.url)])
      _ = try await probing.reports(count: count)
    }
    #expect(probing.reports.allSatisfy { $0.result.outcome == .ok })
    #expect(server.accepted == 1)
    let last = try #require(probing.reports.last).result.times
    #expect(last.resolve == .zero && last.connect == .zero && last.tls == .zero)
  }

  @Test func aThousandMCPsOnOneHostKeepTheirConnections() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    // In bunches of 20, twice round: never more connections than probes at once in one set.
    var started = 0
    for _ in 0..<2 {
      for bunch in 0..<50 {
        let mcps = bunch * 20..<(bunch + 1) * 20
        probing.prober.start(try mcps.map { try order("\(server.url)/\($0)", mcp: $0) })
        started += 20
        _ = try await probing.reports(count: started)
      }
    }
    #expect(probing.reports.allSatisfy { $0.result.outcome == .ok })
    #expect(server.accepted <= 13 * 20)
  }

  @Test func noMoreConnectionsAreKeptThanAllSetsTogetherMay() async throws {
    let servers = (0..<3).map { _ in LoopbackServer { $0.serve() } }
    defer { for server in servers { server.stop() } }
    // Two of the three are libcurl's own.
    let probing = try Probing { $0.connectionsMax = 3 }
    defer { probing.prober.stop() }
    var count = 0
    for _ in 0..<2 {
      for (mcp, server) in servers.enumerated() {
        count += 1
        probing.prober.start([try order(server.url, mcp: mcp)])
        _ = try await probing.reports(count: count)
      }
    }
    #expect(probing.reports.allSatisfy { $0.result.outcome == .ok })
    #expect(servers.map(\.accepted) == [2, 2, 2])
  }

  @Test func aConnectionThatTheServerClosedIsRenewedSilently() async throws {
    let server = LoopbackServer { peer in
      guard let request = peer.readRequest() else { return }
      peer.send(response(headers: [json], body: discovery(id: request.id)))
      peer.close()
    }
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    for count in 1...5 {
      probing.prober.start([try order(server.url)])
      _ = try await probing.reports(count: count)
    }
    #expect(probing.reports.map(\.result.outcome) == Array(repeating: .ok, count: 5))
    #expect(server.accepted == 5)
  }

  @Test func aConnectionThatDiesUnderTheSecondRequestIsRetriedOnce() async throws {
    let connections = Mutex(0)
    let server = LoopbackServer { peer in
      let number = connections.withLock {
        $0 += 1; return $0
      }
      guard let request = peer.readRequest() else { return }
      peer.send(response(headers: [json], body: discovery(id: request.id)))
      guard number == 1 else { return peer.serve() }
      // The race of a keep-alive timeout: the request is on its way when the server closes.
      _ = peer.readRequest()
      peer.reset()
    }
    defer { server.stop() }
    let probing = try Probing()
    defer { probing.prober.stop() }
    for count in 1...2 {
      probing.prober.start([try order(server.url)])
      _ = try await probing.reports(count: count)
    }
    #expect(probing.reports.map(\.result.outcome) == [.ok, .ok])
    #expect(server.accepted == 2)
  }

  @Test func aStreamThatStaysOpenGivesItsAnswerAndIsCut() async throws {
    let result = try await probe { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
      peer.send("event: message\r\ndata: \(discovery(id: request.id))\n\n")
      peer.waitForEnd()
    }
    #expect(result.outcome == .ok)
    #expect(result.duration >= .milliseconds(240))
  }

  @Test func aStreamThatEndsAfterItsAnswerLeavesTheConnectionUsable() async throws {
    let server = LoopbackServer { peer in
      while let request = peer.readRequest() {
        let event = "event: message\ndata: \(discovery(id: request.id))\n\n"
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        peer.send("Transfer-Encoding: chunked\r\n\r\n")
        peer.send("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n")
        guard peer.hearsNothing(for: 20) else { return }
        peer.send("0\r\n\r\n")
      }
    }
    defer { server.stop() }
    let probing = try Probing { $0.graceAfterEnough = .seconds(30) }
    defer { probing.prober.stop() }
    for count in 1...3 {
      probing.prober.start([try order(server.url)])
      _ = try await probing.reports(count: count)
    }
    #expect(probing.reports.map(\.result.outcome) == [.ok, .ok, .ok])
    #expect(server.accepted == 1)
  }

  @Test func fiftyHangingServersDoNotDelayAHealthyOne() async throws {
    let hanging = LoopbackServer { $0.waitForEnd() }
    let healthy = LoopbackServer { $0.serve() }
    defer {
      hanging.stop()
      healthy.stop()
    }
    let probing = try Probing()
    defer { probing.prober.stop() }
    probing.prober.start(try (1...50).map { try order(hanging.url, mcp: $0) })
    probing.prober.start([try order(healthy.url, mcp: 0)])
    let first = try #require(try await probing.reports(count: 1).first)
    #expect(first.mcp.number == 0 && first.result.outcome == .ok)
    #expect(probing.prober.inFlight == 50)
  }
}
