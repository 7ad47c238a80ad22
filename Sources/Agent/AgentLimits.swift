import Signals

/// Bounds of the agent that follow from the machine, not from the configuration.
package struct AgentLimits: Equatable, Sendable {
  /// Probes in flight at once; from the limit of descriptors.
  package var concurrency = 4096
  /// Batches on their way to the journal, beyond which no probe is started.
  package var batchesWaiting = 1024
  /// Events kept while the journal refuses them; older ones are dropped and counted.
  package var unsavedEvents = 10_000
  /// Records kept of MCPs that are not configured; those written longest ago are dropped, counted.
  package var retiredRecords = 20_000
  /// Wakes are put off to a multiple of this, so that probes start in bunches.
  package var bunch: Duration = .milliseconds(20)
  /// The first probes after a start are spread over this, or over the interval if that is less.
  package var startWindow: Duration = .seconds(3)
  /// The first probes after a change are spread over this for each MCP that is new or changed, so
  /// that a single one is probed at once.
  package var changeShare: Duration = .milliseconds(1)
  /// A flight that has not reported this long after its deadline is lost.
  package var lostAfter: Duration = .seconds(5)
  /// A record is written at least this often while its MCP is probed, for `last_success`.
  package var checkpoint: Duration = .seconds(60)
  /// Pause before refused records are written again.
  package var journalRetry: Duration = .seconds(1)
  /// Routine rows for Postgres wait at most so long, and so many, for a batch to go with.
  package var feedDelay: Duration = .seconds(1)
  package var feedRows = 4096
  /// Rows for Postgres kept while the journal refuses them; older ones are dropped and counted.
  package var unsavedFeedRows = 20_000
  /// With `log: changes`: how old a state and a logged probe in Postgres become while the MCP is
  /// probed.
  package var stateRefresh: Duration = .seconds(60)
  package var checkLogInterval: Duration = .seconds(3600)
  /// Bytes of lists of tools on their way to the journal.
  package var toolBytesWaiting = 16 << 20
  /// Between two lists of tools of one MCP for Postgres.
  package var toolsPause: Duration = .seconds(5)
  /// What is kept of catalogues to compare with: of one MCP, and of all with the texts to show;
  /// beyond that their digests only, up to so many bytes of all.
  package var catalogueBytesOfOne = 256 << 10
  package var catalogueTextBytes = 24 << 20
  package var catalogueBytes = 64 << 20
  /// Changes of a catalogue that have an event each: of one listing, and of one MCP in an hour.
  package var catalogueEvents = 50
  package var catalogueEventsAnHour = 200

  package init() {}
}
