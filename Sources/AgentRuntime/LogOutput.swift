import Glibc
import Logging
import Signals
import Synchronization
import Threading

/// Takes log lines from any thread and writes them to standard error from one of its own.
///
/// A reader of standard error that stands still never stops a writer: beyond its bound, lines are
/// dropped and counted, and the count is said when there is room again.
package final class LogOutput: Sendable {
  private struct Content {
    var lines: [UInt8] = []
    var dropped: UInt64 = 0
    var isClosed = false
  }

  private static let bound = 1 << 20
  private let descriptor: Int32
  private let content = Mutex(Content())
  private let bell: Bell
  private let thread = Mutex<NamedThread?>(nil)

  /// `nil` when the process has no descriptor or thread left.
  package init?(descriptor: Int32 = STDERR_FILENO) {
    guard let bell = Bell() else { return nil }
    self.bell = bell
    self.descriptor = descriptor
    guard let thread = NamedThread("log", { [self] in while self.writeSome() {} }) else {
      return nil
    }
    self.thread.withLock { $0 = thread }
  }

  /// Appends a whole line; never blocks.
  package func write(_ line: [UInt8]) {
    let isFirst = content.withLock { content in
      guard content.lines.count + line.count <= Self.bound else {
        content.dropped += 1
        return false
      }
      defer { content.lines.append(contentsOf: line) }
      return content.lines.isEmpty
    }
    if isFirst { bell.ring() }
  }

  /// Writes what is there and ends the thread; waits a second at most.
  package func close() {
    content.withLock { $0.isClosed = true }
    bell.ring()
    let thread = thread.withLock { $0.take() }
    _ = thread?.join(timeout: .seconds(1))
  }

  private func writeSome() -> Bool {
    bell.wait(until: nil)
    let (lines, isClosed) = content.withLock { content in
      var lines = content.lines
      if content.dropped > 0 {
        lines.append(contentsOf: "level=warn msg=\"\(content.dropped) log lines dropped\"\n".utf8)
        content.dropped = 0
      }
      content.lines.removeAll(keepingCapacity: true)
      return (lines, content.isClosed)
    }
    var rest = lines[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if written < 0 && (errno == EINTR || errno == EAGAIN) {
        waitForRoom()
        continue
      }
      guard written > 0 else { break }
      rest = rest.dropFirst(written)
    }
    return !isClosed
  }

  /// Standard error may be non-blocking by the will of another process that shares it.
  private func waitForRoom() {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&wanted, 1, -1)
  }
}
