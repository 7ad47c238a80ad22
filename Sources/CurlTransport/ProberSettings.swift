package import Agent
package import Signals
import Threading

/// Bounds and names of a prober.
package struct ProberSettings: Sendable {
  /// What servers are told of this client's version, in `User-Agent: breakwater/<v>` too.
  package var clientVersion: String
  /// Bytes of all header lines of one response.
  package var headerBytesMax = 64 * 1024
  /// MCPs that share one set of connections: libcurl's tables are small and walked in chains.
  package var hostsPerMulti = 80
  /// Idle connections that one such set keeps; above `hostsPerMulti`, so that each MCP has its own.
  package var connectionsPerMulti = 160
  /// Idle connections that all sets keep together; libcurl holds two descriptors more for each set.
  package var connectionsMax = 1 << 20
  /// Streams of the transport of 2024-11-05 that are held between probes; one more is closed at the
  /// end of its probe.
  package var heldStreamsMax = 20_000
  /// Idle easy handles kept for later probes.
  package var spareHandles = 256
  /// Orders under way; one more gives `internal_error` at once.
  package var ordersMax = 20_000
  /// How long a response may go on after the script had enough of it.
  package var graceAfterEnough: Duration = .milliseconds(250)
  /// How long the goodbye to a session may take.
  package var endSessionTimeout: Duration = .seconds(1)
  /// Told which MCP's answer is being read.
  package var marking: any WorkMarking = Unmarked()
  /// What dates of `Retry-After` are counted from.
  package var wallClock: @Sendable () -> Timestamp = { SystemClock.wall }
  /// Judges the address of each connection.
  package var gate = AddressGate()

  package init(clientVersion: String) { self.clientVersion = clientVersion }
}

/// Why there is no prober or deliverer: the kernel or libcurl refused what it is made of.
package struct ProberError: Error, Equatable, CustomStringConvertible {
  package var description: String
}
