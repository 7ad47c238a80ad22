package import Agent
import Glibc
import Signals
import Synchronization
import Threading

/// Takes log lines from any thread and writes them to standard error from one of its own.
///
/// A reader of standard error that stands still never stops a writer: beyond its bound, lines are
/// dropped and counted, and the count is said when there is room again. The same goes for lines
/// that cannot be written, as when the disk is full.
package final class LogOutput: Sendable {
  fileprivate struct Content {
    var lines: [UInt8] = []
    var dropped: UInt64 = 0
    /// Of those, the ones that no line of the log has told of.
    var untold: UInt64 = 0
    var isClosed = false
  }

  package let format: LogFormat
  package let threads: ThreadLogging
  private static let bound = 1 << 20
  private let descriptor: Int32
  private let content = Mutex(Content())
  private let bell: Bell
  private let thread = Mutex<NamedThread?>(nil)

  /// `nil` when the process has no descriptor or thread left.
  package init?(
    format: LogFormat, following settings: LoggingSettings = LoggingSettings(),
    descriptor: Int32 = STDERR_FILENO
  ) {
    guard let bell = Bell() else { return nil }
    self.format = format
    threads = ThreadLogging(settings)
    self.bell = bell
    self.descriptor = descriptor
    guard let thread = NamedThread("log", { [self] in while self.writeSome() {} }) else {
      return nil
    }
    self.thread.withLock { $0 = thread }
  }

  /// Lines that nobody will ever read.
  package var dropped: UInt64 { content.withLock { $0.dropped } }

  /// Appends a whole line; never blocks.
  package func write(_ line: [UInt8]) {
    let isFirst = content.withLock { content in
      guard content.lines.count + line.count <= Self.bound else {
        content.drop(1)
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
    let (lines, untold, isClosed) = content.withLock { content in
      defer {
        content.lines.removeAll(keepingCapacity: true)
        content.untold = 0
      }
      return (content.lines, content.untold, content.isClosed)
    }
    let lost = send(lines)
    if untold > 0 {
      var line = line("warn", "Lines of the log were dropped")
      line.append("lines", "\(untold)")
      _ = send(line.bytes)
    }
    if lost > 0 { content.withLock { $0.drop(lost) } }
    return !isClosed
  }

  /// Returns how many lines have not got out whole.
  private func send(_ lines: [UInt8]) -> UInt64 {
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
    return UInt64(rest.count { $0 == UInt8(ascii: "\n") })
  }

  /// Standard error may be non-blocking by the will of another process that shares it.
  private func waitForRoom() {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&wanted, 1, -1)
  }
}

extension LogOutput.Content {
  fileprivate mutating func drop(_ lines: UInt64) {
    dropped += lines
    untold += lines
  }
}
