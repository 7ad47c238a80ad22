import Agent
import Breaking
import CurlTransport
import Foundation
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

/// A prober, and what it has reported so far.
final class Probing: Sendable {
  let prober: Prober
  private let collected: Collected

  private final class Collected: Sendable {
    let reports = Mutex<[ProbeReport]>([])
  }

  /// `onReports` is called on the prober's thread, with what it has reported.
  init(
    _ change: (inout ProberSettings) -> Void = { _ in },
    onReports: @escaping @Sendable ([ProbeReport]) -> Void = { _ in }
  ) throws {
    var settings = ProberSettings(clientVersion: "1.2.3")
    change(&settings)
    let collected = Collected()
    self.collected = collected
    prober = try Prober(settings: settings) { reports in
      collected.reports.withLock { $0 += reports }
      onReports(reports)
    }
  }

  var reports: [ProbeReport] { collected.reports.withLock { $0 } }

  /// The reports, as soon as there are so many; throws when there are too few after a minute.
  func reports(count: Int) async throws -> [ProbeReport] {
    try await until("\(count) reports") { self.reports.count >= count }
    return reports
  }
}

/// An order for a server that is known to speak the stateless revision: one request tells all.
func order(
  _ url: String, mcp: Int = 0, timeout: Duration = .seconds(60),
  purpose: ProbePurpose = .liveness, change: (inout ProbeTarget) -> Void = { _ in }
) throws -> ProbeOrder {
  var target = ProbeTarget(url: url)
  change(&target)
  var memory = ServerMemory()
  memory.transport = .statelessHTTP
  memory.protocolVersion = "2026-07-28"
  let now = MonotonicInstant(
    nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds))
  var breaker = Breaker(settings: Breaker.Settings())
  guard case (.allowed(let permit), _) = breaker.admit(at: now, trialTimeout: timeout) else {
    throw CocoaError(.featureUnsupported)
  }
  return ProbeOrder(
    mcp: MCPID(number: mcp), permit: permit, target: target, purpose: purpose, memory: memory,
    deadline: now.advanced(by: timeout))
}

/// The result of one probe by a prober of its own.
func probe(
  _ url: String, timeout: Duration = .seconds(60), change: (inout ProbeTarget) -> Void = { _ in }
) async throws -> ProbeResult {
  let probing = try Probing()
  defer { probing.prober.stop() }
  probing.prober.start([try order(url, timeout: timeout, change: change)])
  return try #require(try await probing.reports(count: 1).first).result
}

/// The result of one probe of a server with this script.
func probe(
  timeout: Duration = .seconds(60), change: (inout ProbeTarget) -> Void = { _ in },
  of script: @escaping @Sendable (Peer) -> Void
) async throws -> ProbeResult {
  let server = LoopbackServer(script)
  defer { server.stop() }
  return try await probe(server.url, timeout: timeout, change: change)
}
