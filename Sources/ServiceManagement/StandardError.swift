import CLinux
import Glibc

/// Standard error for a process whose one thread must never wait.
package enum StandardError {
  /// Writes a line, or leaves it out when nobody reads and the pipe is full.
  package static func writeIfRoom(_ line: [UInt8]) {
    let bytes = line.map(CChar.init(bitPattern:))
    unsafe clinux_write_if_room(STDERR_FILENO, bytes, Int32(clamping: bytes.count))
  }
}
