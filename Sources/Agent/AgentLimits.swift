import Signals

/// Bounds of the agent that follow from the machine, not from the configuration.
package struct AgentLimits: Equatable, Sendable {
  /// Probes in flight at once; from the limit of descriptors.
  package var concurrency = 4096
  /// Batches on their way to the journal, beyond which no probe is started.
  package var batchesWaiting = 1024
  /// Events kept while the journal refuses them; older ones are dropped and counted.
  package var unsavedEvents = 10_000
  /// Wakes are put off to a multiple of this, so that probes start in bunches.
  package var bunch: Duration = .milliseconds(20)
  /// The first probes after a start are spread over this, or over the interval if that is less.
  package var startWindow: Duration = .seconds(3)
  /// A flight that has not reported this long after its deadline is lost.
  package var lostAfter: Duration = .seconds(5)
  /// A record is written at least this often while its MCP is probed, for `last_success`.
  package var checkpoint: Duration = .seconds(60)
  /// Pause before refused records are written again.
  package var journalRetry: Duration = .seconds(1)

  package init() {}
}
