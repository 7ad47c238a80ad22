import Agent
import Signals
import Synchronization
import Threading

/// The life of the thread: one session after another, and pauses where there is none.
struct LinkLoop {
  private let link: PostgresLink
  private let cancels = CancelThread()
  private var pause = Pause(from: .milliseconds(500), to: .seconds(30))
  /// Up to where Postgres is known to have the feed.
  private var position: Int64 = 0
  private var randomness = SystemRandomNumberGenerator()

  init(_ link: PostgresLink) { self.link = link }

  mutating func run() {
    while let order = nextOrder() {
      do throws(LinkError) {
        try hold(order)
        pause.reset()
      } catch {
        link.update { $0.isUp = false }
        if error.isInterrupted { continue }
        link.count(error)
        look(for: order)
        rest(pause.take(spread: .random(in: 0...1, using: &randomness)))
      }
    }
    link.update { $0.isUp = false }
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
    let connection = try Connection.open(target, interrupt: link.interrupt, cancels: cancels)
    defer { connection.close() }
    var session = try LinkSession(connection, order, link)
    pause.reset()
    defer { position = max(position, session.position) }
    while try session.turn() {}
  }

  /// How long the oldest row has been waiting is told though nobody takes it.
  private func look(for order: PostgresLink.Order) {
    link.noteOldest(of: try? link.parts.source.feed(after: position, rows: 1))
  }

  /// A new order or the end cuts it short.
  private func rest(_ time: Duration) {
    let end = SystemClock.monotonic.advanced(by: time)
    _ = link.interrupt.wait(for: -1, [], until: end)
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
