package import Notifications
import Signals
import Threading

/// What came of one try, and how long it took.
package struct TimedDelivery: Equatable, Sendable {
  package var result: DeliveryResult
  package var took: Duration
}

/// Makes one try, with a deliverer of its own; for `breakwater receivers test`. Returns by the
/// order's deadline plus what a loaded machine adds.
package func deliverOnce(
  _ order: DeliveryOrder, clientVersion: String, gate: AddressGate = AddressGate()
) async -> TimedDelivery {
  let answer = OneReply<DeliveryResult>()
  let began = SystemClock.monotonic
  do throws(ProberError) {
    var settings = DelivererSettings(clientVersion: clientVersion)
    settings.gate = gate
    let deliverer = try Deliverer(settings: settings) { reports in
      if let report = reports.first { answer.give(report.result) }
    }
    deliverer.start([order])
    let result = await answer.value()
    let took = began.duration(to: SystemClock.monotonic)
    deliverer.stop()
    return TimedDelivery(result: result, took: took)
  } catch {
    return TimedDelivery(result: .local(error.description), took: .zero)
  }
}
