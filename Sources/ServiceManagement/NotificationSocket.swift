import CLinux

/// The service manager's end of sd_notify(3): a child says here that it is ready, and lives.
package final class NotificationSocket: Sendable {
  let descriptor: Int32
  /// For NOTIFY_SOCKET.
  package let name: String

  /// `nil` when the system gives no socket.
  package init?() {
    var name = [CChar](repeating: 0, count: 128)
    descriptor = unsafe clinux_notify_open(&name, Int32(name.count))
    self.name = String(
      decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    if descriptor < 0 { return nil }
  }

  deinit { if descriptor >= 0 { clinux_close(descriptor) } }

  /// The next message of this process, by its lines; what others send is passed over. `nil`: none
  /// waits.
  package func next(from process: Int32) -> [Substring]? {
    var text = [CChar](repeating: 0, count: 4096)
    while true {
      var sender: Int32 = 0
      let length = unsafe clinux_notify_next(descriptor, &text, Int32(text.count), &sender)
      guard length >= 0 else { return nil }
      guard sender == process else { continue }
      let bytes = text.prefix(Int(length)).map(UInt8.init(bitPattern:))
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
  }
}
