import Foundation
import Glibc

/// A program of the machine that a test needs. Foundation's `Process` waits with a run loop, which
/// is no good on the threads that tests share.
package struct Command {
  private let id: pid_t

  package struct Failure: Error {
    package var text: String
  }

  /// Starts it with its output thrown away.
  package init(_ arguments: [String]) throws {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    // A connection that a child has too does not end when we close it.
    for descriptor in Int32(3)..<4096 {
      unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var id = pid_t()
    let code = unsafe posix_spawnp(&id, arguments[0], &actions, nil, &words, environ)
    guard code == 0 else { throw Failure(text: "cannot run \(arguments[0]): error \(code)") }
    self.id = id
  }

  /// Waits for its end, which must be a success.
  package static func run(_ arguments: [String]) throws {
    let status = try Command(arguments).wait()
    if status != 0 { throw Failure(text: "\(arguments) ended with \(status)") }
  }

  package func stop() {
    kill(id, SIGKILL)
    _ = wait()
  }

  private func wait() -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(id, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}
