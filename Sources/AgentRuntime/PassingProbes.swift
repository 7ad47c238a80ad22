import Agent
import Breaking
import ConfigFile
import CurlTransport
import MCPWire
import Signals
import Synchronization
import Threading

/// Probes of servers that nobody watches (`GET /probe`): the agent's prober makes them, under ids
/// that no MCP has, and nothing is kept of them.
final class PassingProbes: Sendable {
  /// Under way at once; one more is told so.
  static let most = 32

  fileprivate struct State {
    var isOn = false
    var isStopped = false
    var lastNumber = 0
    /// Those that are under way; without a continuation until the prober has the order.
    var waiting: [MCPID: CheckedContinuation<ProbeResult, Never>?] = [:]
  }

  private let state = Mutex(State())

  /// Whether they are allowed.
  var isOn: Bool {
    get { state.withLock { $0.isOn } }
    set { state.withLock { $0.isOn = newValue } }
  }

  /// Takes the reports that are for here, and gives the others back. On the prober's thread.
  func take(_ reports: [ProbeReport]) -> [ProbeReport] {
    reports.filter { report in
      guard report.mcp.number < 0 else { return true }
      let waiter = state.withLock { $0.waiting.removeValue(forKey: report.mcp) }
      waiter??.resume(returning: report.result)
      return false
    }
  }

  /// Answers those that are under way, and takes no more.
  func stop() {
    let waiters = state.withLock { state in
      state.isStopped = true
      defer { state.waiting = [:] }
      return state.waiting.values.compactMap(\.self)
    }
    for waiter in waiters { waiter.resume(returning: ProbeResult(outcome: .cancelled)) }
  }

  func probe(
    url text: String, transport: TransportSetting, timeout: Duration, by prober: Prober
  ) async -> PassingProbe {
    let url: String
    do throws(FlagProblem) {
      url = try ConfigFile.serverURL(text.contains("://") ? text : "http://" + text)
    } catch {
      return .refused("target \(error)")
    }
    guard let id = reserve() else { return .busy }
    var target = ProbeTarget(url: url)
    target.transport = transport
    let order = ProbeOrder.passing(
      id, target, .catalogue, ServerMemory(), at: SystemClock.monotonic, timeout: timeout)
    guard let order else { return .busy }
    let result = await withCheckedContinuation { waiter in
      guard state.withLock({ $0.await(id, waiter) }) else {
        return waiter.resume(returning: ProbeResult(outcome: .cancelled))
      }
      prober.start([order])
    }
    leave(order, result.memory, prober)
    return .result(result)
  }

  private func reserve() -> MCPID? {
    state.withLock { state in
      guard !state.isStopped, state.waiting.count < Self.most else { return nil }
      state.lastNumber -= 1
      let id = MCPID(number: state.lastNumber)
      state.waiting[id] = .some(nil)
      return id
    }
  }

  /// Ends the session that the server may have opened for us.
  private func leave(_ order: ProbeOrder, _ memory: ServerMemory, _ prober: Prober) {
    let goodbye = ProbeOrder.passing(
      order.mcp, order.target, .endSession, memory, at: SystemClock.monotonic,
      timeout: .seconds(1))
    if let goodbye { prober.start([goodbye]) }
    prober.forget([order.mcp])
  }
}

extension PassingProbes.State {
  fileprivate mutating func await(
    _ id: MCPID, _ waiter: CheckedContinuation<ProbeResult, Never>
  ) -> Bool {
    guard !isStopped else { return false }
    waiting[id] = waiter
    return true
  }
}
