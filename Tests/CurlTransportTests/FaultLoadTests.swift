import Agent
import CurlTransport
import FaultServers
import Foundation
import MCPWire
import TestSupport
import Testing

/// T30: many targets, half of them hanging.
extension ConnectionTests {
  private static let isHeavy = ProcessInfo.processInfo.environment["TORTURE"] != nil

  @Test("T30: 500 targets that hang hold up none of 500 others")
  func hanging() async throws {
    let hanging = try #require(Scenario.named("T3-unaccepted").first)
    let healthy = try #require(Scenario.named("ok").first)
    let (mute, server) = (try await FaultServer(hanging), try await FaultServer(healthy))
    let probing = try Probing()
    defer {
      probing.prober.stop()
      mute.stop()
      server.stop()
    }
    probing.prober.start(
      try (500..<1000).map { try order(mute.url, mcp: $0, timeout: .seconds(600)) })
    // As a schedule would have them: a bunch after the other.
    var durations: [Duration] = []
    for bunch in 0..<20 {
      let mcps = bunch * 25..<(bunch + 1) * 25
      probing.prober.start(try mcps.map { try order("\(server.url)/\($0)", mcp: $0) })
      let reports = try await probing.reports(count: mcps.upperBound)
      durations += reports.suffix(25).map(\.result.duration)
    }
    let reports = probing.reports
    #expect(reports.map(\.mcp.number).sorted() == Array(0..<500))
    #expect(reports.allSatisfy { $0.result.outcome == .ok })
    #expect(probing.prober.inFlight == 500)
    durations.sort()
    // Nobody waits for the deadline of those that hang.
    #expect(durations[250] < .seconds(10))
    // With the machine to itself.
    if Self.isHeavy {
      #expect(durations[250] < .milliseconds(250))
      #expect(durations[495] < .milliseconds(250))
    }
  }
}
