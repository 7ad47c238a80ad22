import CLinux
import Threading

/// Waits, on a thread of transfers, for what its multi handles and its mailbox wait for.
final class SocketWatch {
  let epoll: Epoll
  let agenda = Agenda()
  private let pulse: Pulse
  private var events = [clinux_event](
    repeating: clinux_event(events: 0, token: 0), count: Epoll.eventsMax)

  init(epoll: Epoll, pulse: Pulse) {
    self.pulse = pulse
    self.epoll = epoll
  }

  /// From here on lateness is our own fault, and not that of a busy machine's scheduler.
  private static let gap: Int64 = 1_000_000_000

  /// Waits until something is due and lets libcurl act on sockets that are; true: there is mail.
  /// `multis` are in the order of their `index`. `afterGap` is called before libcurl learns
  /// anything, when the thread comes a second or more after what was due: the process was stopped.
  func wait(for multis: [MultiHandle], afterGap: () -> Void = {}) -> Bool {
    let due = multis.reduce(agenda.next) { min($0, $1.due) }
    let pause = pause(until: due)
    pulse.rest()
    let count = epoll.wait(into: &events, milliseconds: pause)
    pulse.begin()
    if due <= Clock.nanoseconds - Self.gap { afterGap() }
    var hasMail = false
    for event in events.prefix(count) {
      if event.token == Epoll.bellToken {
        hasMail = true
        continue
      }
      let index = Int(event.token >> 32)
      guard multis.indices.contains(index) else { continue }
      multis[index].act(on: Int32(truncatingIfNeeded: event.token), events: event.events)
    }
    return hasMail
  }

  /// New transfers are due at once, and those that follow another in the same turn too.
  func actOnTimers(of multis: [MultiHandle]) {
    let now = Clock.nanoseconds
    for multi in multis where multi.due <= now { multi.actOnTimer() }
  }

  /// Until something is due, in milliseconds; -1 when nothing is.
  private func pause(until due: Int64) -> Int32 {
    if due == .max { return -1 }
    let left = max(0, due - Clock.nanoseconds)
    return Int32(clamping: min((left + 999_999) / 1_000_000, 60_000))
  }
}
