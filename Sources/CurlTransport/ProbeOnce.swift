import Agent
import Breaking
package import MCPWire
import Signals
import Synchronization
import Threading

/// Probes one server once, with a prober of its own; for `breakwater probe URL`. A session that began
/// with it ends with it, where that is safe.
///
/// Returns by `timeout` plus a second for the end of the session plus what a loaded machine adds;
/// `internal_error` when there is no prober.
package func probeOnce(
  _ target: ProbeTarget, timeout: Duration, purpose: ProbePurpose, clientVersion: String
) async -> ProbeResult {
  let answer = Answer()
  do throws(ProberError) {
    let prober = try Prober(settings: ProberSettings(clientVersion: clientVersion)) { reports in
      if let report = reports.first { answer.give(report.result) }
    }
    let now = SystemClock.monotonic
    // A new breaker is closed: it lets everything pass.
    var breaker = Breaker(settings: Breaker.Settings())
    guard case (.allowed(let permit), _) = breaker.admit(at: now, trialTimeout: timeout) else {
      throw ProberError(description: "a new breaker does not admit a probe")
    }
    let order = ProbeOrder(
      mcp: MCPID(number: 0), permit: permit, target: target, purpose: purpose,
      memory: ServerMemory(), deadline: now.advanced(by: timeout))
    prober.start([order])
    let result = await answer.wait()
    await endSession(of: result, order, prober)
    prober.stop()
    return result
  } catch {
    var result = ProbeResult(outcome: .internalError)
    result.detail = error.description
    return result
  }
}

private func endSession(of result: ProbeResult, _ order: ProbeOrder, _ prober: Prober) async {
  guard result.memory.sessionID != nil else { return }
  var goodbye = order
  goodbye.permit = .none
  goodbye.purpose = .endSession
  goodbye.memory = result.memory
  let patience = Duration.seconds(1)
  let start = SystemClock.monotonic
  goodbye.deadline = start.advanced(by: patience)
  prober.start([goodbye])
  while prober.inFlight > 0, start.duration(to: SystemClock.monotonic) < patience {
    try? await Task.sleep(for: .milliseconds(5))
  }
}

/// A result that one thread gives and one task waits for.
private final class Answer: Sendable {
  private struct State {
    var result: ProbeResult?
    var waiter: CheckedContinuation<ProbeResult, Never>?
  }

  private let state = Mutex(State())

  func give(_ result: ProbeResult) {
    let waiter = state.withLock { state in
      state.result = result
      return state.waiter.take()
    }
    waiter?.resume(returning: result)
  }

  func wait() async -> ProbeResult {
    await withCheckedContinuation { waiter in
      let result = state.withLock { state in
        if state.result == nil { state.waiter = waiter }
        return state.result
      }
      if let result { waiter.resume(returning: result) }
    }
  }
}
