package import Signals
import Threading

/// Bounds and names of a deliverer.
package struct DelivererSettings: Sendable {
  /// Receivers are told `User-Agent: breakwater/<v>`.
  package var clientVersion: String
  /// Bytes of all header lines of one response.
  package var headerBytesMax = 64 * 1024
  /// Bytes of a response's body that are read, so that its connection can be used again.
  package var bodyBytesMax = 64 * 1024
  /// How long a response may go on after its head.
  package var graceAfterHead: Duration = .milliseconds(250)
  /// The same, when the body has a part in what it means.
  package var graceForAnswer: Duration = .seconds(2)
  /// Orders under way; one more fails at once, as our own fault. Above what all webhooks of a
  /// receiver may have under way.
  package var ordersMax = 1024
  /// Idle connections that are kept.
  package var connectionsMax = 64
  /// Idle easy handles kept for later deliveries.
  package var spareHandles = 32
  /// What signatures are dated by and dates of `Retry-After` are counted from.
  package var wallClock: @Sendable () -> Timestamp = { SystemClock.wall }
  /// Judges the address of each connection.
  package var gate = AddressGate()

  package init(clientVersion: String) { self.clientVersion = clientVersion }
}
