package import Agent
import Signals
import Synchronization
package import Threading

/// The thread `postgres-link`: brings what waits in the journal to Postgres, and tells what the
/// database says of what is to be watched.
///
/// It owns one connection and waits for nobody else; nobody waits for it. Away from Postgres it
/// tries again, with pauses of half a second to half a minute.
package final class PostgresLink: Sendable {
  /// What the link is to do.
  package struct Order: Equatable, Sendable {
    package var postgres: PostgresSettings
    /// The MCPs of the configuration file: each is to have a row.
    package var servers: [LinkedServer]
    /// Older rows of the health log are deleted.
    package var eventRetention: Duration
    /// How often the tables are read when no notification comes.
    package var pollInterval: Duration

    package init(
      postgres: PostgresSettings, servers: [LinkedServer], eventRetention: Duration,
      pollInterval: Duration
    ) {
      self.postgres = postgres
      self.servers = servers
      self.eventRetention = eventRetention
      self.pollInterval = pollInterval
    }
  }

  /// The closures are called on the thread and must not block for long.
  package struct Parts: Sendable {
    package var source: any FeedSource
    /// What the database says: at the first look of each connection, and when it has changed.
    package var deliver: @Sendable (DatabaseRows) -> Void
    package var report: @Sendable (LinkReport) -> Void

    package init(
      source: any FeedSource, deliver: @escaping @Sendable (DatabaseRows) -> Void,
      report: @escaping @Sendable (LinkReport) -> Void
    ) {
      self.source = source
      self.deliver = deliver
      self.report = report
    }
  }

  let parts: Parts
  let limits: LinkLimits
  let interrupt: Interrupt
  let state = Mutex(State())
  private let thread = Mutex<NamedThread?>(nil)
  /// Told of the end of its thread.
  package let pulse = Pulse()

  struct State: Sendable {
    var order: Order?
    /// When it ends at the latest; `nil`: it runs.
    var stopBy: MonotonicInstant?
    var figures = PostgresFigures()
    /// Rows that the journal had given up when that was last told; `nil`: not looked at yet.
    var overflowTold: UInt64?
    /// Time of the oldest row that waits; `nil`: none does, as far as is known.
    var oldest: Timestamp?
  }

  /// Starts the thread, which does nothing before `configure`. `nil` when the system has no thread
  /// or descriptor left.
  package init?(_ parts: Parts, limits: LinkLimits = LinkLimits()) {
    guard let interrupt = Interrupt() else { return nil }
    self.parts = parts
    self.limits = limits
    self.interrupt = interrupt
    let thread = NamedThread("postgres-link", pulse: pulse) { [self] in
      var loop = LinkLoop(self)
      loop.run()
    }
    guard let thread else { return nil }
    self.thread.withLock { $0 = thread }
  }

  /// Takes the place of the order before; `nil`: there is no Postgres. Never blocks.
  package func configure(_ order: Order?) {
    state.withLock { state in
      let connects = state.order?.postgres != order?.postgres
      state.order = order
      // What runs on the connection before is not waited for.
      if connects { interrupt.raise() } else { interrupt.ring() }
    }
  }

  /// The journal holds more rows. Never blocks.
  package func feedHasGrown() { interrupt.ring() }

  /// Brings over what still waits, as far as `time` allows, and ends the thread.
  package func stop(within time: Duration = .seconds(2)) {
    let thread = thread.withLock { $0.take() }
    guard let thread else { return }
    state.withLock { state in
      state.stopBy = SystemClock.monotonic.advanced(by: time)
      if state.figures.isUp { interrupt.ring() } else { interrupt.raise() }
    }
    if thread.join(timeout: time) { return }
    interrupt.raise()
    _ = thread.join(timeout: .seconds(1))
  }

  /// Never waits for the thread; `nil` when there is no Postgres.
  package var figures: PostgresFigures? {
    let backlog = parts.source.feedBacklog
    return state.withLock { state in
      guard state.order != nil else { return nil }
      var figures = state.figures
      figures.dropped[FeedDropReason.overflow.index] = backlog.dropped
      // What is written stays in the journal until it is deleted.
      if let oldest = state.oldest, backlog.rows > 0 {
        figures.queueLength = backlog.rows
        figures.queueBytes = backlog.bytes
        figures.lag = max(.zero, oldest.duration(to: SystemClock.wall))
      }
      return figures
    }
  }
}

extension FeedDropReason {
  /// In `PostgresFigures.dropped`.
  var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension PostgresFailure {
  /// In `PostgresFigures.failures`.
  var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
