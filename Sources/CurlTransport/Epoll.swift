import CLinux

/// Owns the epoll descriptor that all multi handles and the bell share.
final class Epoll: Sendable {
  static let bellToken = UInt64.max
  static let eventsMax = 256

  let descriptor: Int32

  init() throws(ProberError) {
    descriptor = clinux_epoll_create()
    guard descriptor >= 0 else {
      throw ProberError(description: "no epoll: error \(clinux_last_error())")
    }
  }

  /// errno when no descriptor can be made now, else 0: a resolver without any finds no name.
  static var lackOfDescriptors: Int32 {
    let descriptor = clinux_bell_create()
    if descriptor < 0 { return clinux_last_error() }
    clinux_close(descriptor)
    return 0
  }

  deinit { clinux_close(descriptor) }

  /// Wants to know when a descriptor is readable; false when the kernel refuses.
  func watch(_ descriptor: Int32, token: UInt64) -> Bool {
    clinux_epoll_control(self.descriptor, clinux_epoll_add, descriptor, clinux_readable, token) == 0
  }

  /// Waits until an event or for so long; negative is for ever. Fills `events` from its start.
  func wait(into events: inout [clinux_event], milliseconds: Int32) -> Int {
    let count = unsafe clinux_epoll_wait(
      descriptor, &events, Int32(min(events.count, Self.eventsMax)), milliseconds)
    return max(0, Int(count))
  }
}
