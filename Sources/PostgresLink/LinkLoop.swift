import Agent
import Signals
import Synchronization
import Threading

/// The life of the thread: one session after another, and pauses where there is none.
struct LinkLoop {
  private let link: PostgresLink
  private let cancels = CancelThread()
  private let names = NameThread()
  private var pause: Pause
  /// What the last connection was made for.
  private var latest: PostgresSettings?
  /// Up to where Postgres is known to have the feed.
  private var position: Int64 = 0
  private var leftover: LinkSession.Leftover?
  private var randomness = SystemRandomNumberGenerator()

  init(_ link: PostgresLink) {
    self.link = link
    pause = Pause(from: link.limits.firstPause, to: link.limits.longestPause)
  }

  mutating func run() {
    while let order = nextOrder() {
      if order.postgres != latest {
        latest = order.postgres
        position = 0
        leftover = nil
        pause.reset()
      }
      do throws(LinkError) {
        try hold(order)
        link.update { $0.isUp = false }
      } catch {
        link.update { $0.isUp = false }
        if error.isInterrupted { continue }
        link.count(error)
        rest(pause.take(spread: .random(in: 0...1, using: &randomness)))
      }
    }
  }

  /// Waits until there is one; `nil` when the link is to end.
  private func nextOrder() -> PostgresLink.Order? {
    while true {
      let (order, isStopping) = link.state.withLock { state in
        link.interrupt.lower()
        return (state.order, state.stopBy != nil)
      }
      if isStopping { return nil }
      if let order { return order }
      _ = link.interrupt.wait(for: -1, [], hearsRing: true, until: Self.farAway)
    }
  }

  /// Connects and works until there is another order, the end, or an error.
  private mutating func hold(_ order: PostgresLink.Order) throws(LinkError) {
    let target = try ConnectionTarget(url: order.postgres.url)
    let connection = try Connection.open(
      target, interrupt: link.interrupt, cancels: cancels, names: names)
    defer { connection.close() }
    let began = SystemClock.monotonic
    var session = try LinkSession(connection, order, link, leftover)
    defer {
      position = session.position
      leftover = session.leftover
      // A server that takes sessions and no rows is not asked again and again.
      let lasted = began.duration(to: SystemClock.monotonic)
      if session.hasWritten || lasted > link.limits.longestPause { pause.reset() }
    }
    while try session.turn() {}
  }

  /// Another connection's order or the end cuts it short; a feed that grows does not, but how long
  /// its oldest row has been waiting is told though nobody takes it.
  private func rest(_ time: Duration) {
    let end = SystemClock.monotonic.advanced(by: time)
    link.reportOverflow()
    link.noteOldest(of: try? link.parts.source.feed(after: position, rows: 1))
    while true {
      let (isStopping, isEmpty) = link.state.withLock { ($0.stopBy != nil, $0.oldest == nil) }
      if isStopping { return }
      guard link.interrupt.wait(for: -1, [], hearsRing: true, until: end) == .rung else { return }
      if isEmpty {
        link.noteOldest(of: try? link.parts.source.feed(after: position, rows: 1))
      }
    }
  }

  private static var farAway: MonotonicInstant {
    SystemClock.monotonic.advanced(by: .seconds(3600))
  }
}

extension PostgresLink {
  func update(_ change: (inout PostgresFigures) -> Void) {
    state.withLock { change(&$0.figures) }
  }

  /// Counts a failure and has it told.
  func count(_ error: LinkError) {
    update { $0.failures[error.reason.index] += 1 }
    parts.report(.failed(error))
  }

  /// Tells of rows that the journal has given up since it was last told.
  func reportOverflow() {
    let dropped = parts.source.feedBacklog.dropped
    let told = state.withLock { state in
      defer { state.overflowTold = dropped }
      return state.overflowTold
    }
    guard let told, dropped > told else { return }
    parts.report(.overflowed(rows: dropped - told))
  }

  /// `nil`: it is not known what waits. Empty: nothing does.
  func noteOldest(of chunks: [FeedChunk]?) {
    guard let chunks else { return }
    let time = chunks.first.flatMap { chunk -> Timestamp? in
      var rows = FeedCursor(chunk.bytes)
      return (rows.advance() ? rows.row.time : nil) ?? SystemClock.wall
    }
    state.withLock { $0.oldest = time }
  }
}
