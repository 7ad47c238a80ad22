import Agent
package import MCPWire
import Signals
import Threading

/// Probes one server once, with a prober of its own; for `breakwater probe URL`.
///
/// Returns by `timeout` plus what a loaded machine adds; `internal_error` when there is no prober.
package func probeOnce(
  _ target: ProbeTarget, timeout: Duration, purpose: ProbePurpose, clientVersion: String,
  gate: AddressGate = AddressGate()
) async -> ProbeResult {
  let answer = OneReply<ProbeResult>()
  do throws(ProberError) {
    var settings = ProberSettings(clientVersion: clientVersion)
    settings.gate = gate
    let prober = try Prober(settings: settings) { reports in
      if let report = reports.first { answer.give(report.result) }
    }
    let order = ProbeOrder.passing(
      MCPID(number: 0), target, purpose, ServerMemory(), at: SystemClock.monotonic,
      timeout: timeout)
    guard let order else {
      throw ProberError(description: "a new breaker does not admit a probe")
    }
    prober.start([order])
    let result = await answer.value()
    await endSession(result.memory, of: order, on: prober)
    prober.stop()
    return result
  } catch {
    var result = ProbeResult(outcome: .internalError)
    result.detail = error.description
    return result
  }
}

/// Leaves no session behind: nobody will come back to it. Takes a second at most.
private func endSession(
  _ memory: ServerMemory, of order: ProbeOrder, on prober: Prober
) async {
  guard memory.sessionID != nil else { return }
  var goodbye = order
  goodbye.purpose = .endSession
  goodbye.memory = memory
  goodbye.deadline = SystemClock.monotonic.advanced(by: .seconds(1))
  prober.start([goodbye])
  while prober.inFlight > 0, SystemClock.monotonic < goodbye.deadline {
    do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
  }
}
