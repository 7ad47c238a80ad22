package import Agent
import CLinux
import Logging
import Signals
import Synchronization
import Threading

/// One reading of the web configuration file.
package struct WebConfigRead: Sendable {
  /// The file itself, then those that it names.
  package var files: [String]
  /// A line for each thing that is probably not meant.
  package var warnings: [String]
  package var result: Result<WebConfig, WebConfigRefused>

  package init(
    files: [String], warnings: [String] = [], result: Result<WebConfig, WebConfigRefused>
  ) {
    self.files = files
    self.warnings = warnings
    self.result = result
  }
}

/// A web configuration that was not taken over: a line for each of its problems.
package struct WebConfigRefused: Error, Equatable, Sendable {
  package var problems: [String]

  package init(problems: [String]) { self.problems = problems }
}

/// What of the web configuration counts now: the file, certificates and keys are read again as soon
/// as one of them has changed. What cannot be used leaves everything as it was.
package final class WebConfigWatch: Sendable {
  /// What a new connection, or a request, is held to.
  struct Look: Sendable {
    var config = WebConfig()
    /// `nil`: plain HTTP.
    var tls: TLSDoor?
  }

  private struct State {
    var look: Look
    var files: [String]
    /// Of `files` when they were read; `nil` when one more change could hide behind them.
    var marks: [FileMark?]?
    var figures: WebConfigFigures
    /// Of the last reading.
    var problems: [String] = []
    /// When what could not be used is read again though nothing has changed: a disk may have been
    /// away, or descriptors short.
    var againAt: MonotonicInstant?
  }

  /// Of the first reading.
  package let warnings: [String]
  private let read: @Sendable () -> WebConfigRead
  private let state: Mutex<State>

  /// Reads `file` for the first time; blocks on the disk. `read` is called again, on any thread,
  /// when it or one of those that it names has changed.
  package init(
    _ file: String, read: @escaping @Sendable () -> WebConfigRead
  ) throws(WebConfigRefused) {
    self.read = read
    let (reading, marks) = Self.marked(read, knowing: [file])
    let look = try Self.look(reading.result.get())
    warnings = reading.warnings
    state = Mutex(
      State(
        look: look, files: reading.files, marks: marks,
        figures: WebConfigFigures(isSuccessful: true, readAt: SystemClock.wall)))
  }

  /// Whether connections are TLS.
  package var servesTLS: Bool { state.withLock { $0.look.tls != nil } }

  /// Whether requests need a name and a password.
  var hasUsers: Bool { state.withLock { !$0.look.config.users.isEmpty } }

  package var figures: WebConfigFigures { state.withLock { $0.figures } }

  /// What is wrong with the files, while what was there before runs on.
  package var problems: [String] { state.withLock { $0.problems } }

  /// Costs a look at each file. Says in the log what comes of a change.
  func look(_ logger: Logger) -> Look {
    state.withLock { state in
      let isDue = state.againAt.map { $0 <= SystemClock.monotonic } ?? false
      guard isDue || state.files.map(FileMark.init(ofFile:)) != state.marks else {
        return state.look
      }
      let (reading, marks) = Self.marked(read, knowing: state.files)
      (state.files, state.marks) = (reading.files, marks)
      let before = state.look.config
      do throws(WebConfigRefused) {
        let changed = try Self.look(reading.result.get())
        try Self.check(changed.config, after: state.look.config)
        (state.look, state.problems, state.againAt) = (changed, [], nil)
        state.figures = WebConfigFigures(isSuccessful: true, readAt: SystemClock.wall)
        guard changed.config != before else { return changed }
        for warning in reading.warnings {
          logger.warning("Doubtful in the web configuration", metadata: ["warning": "\(warning)"])
        }
        logger.info("Web configuration read again")
      } catch {
        let isNews = state.problems != error.problems
        (state.figures.isSuccessful, state.problems) = (false, error.problems)
        state.againAt = SystemClock.monotonic.advanced(by: .seconds(1))
        guard isNews else { return state.look }
        logger.error(
          "The web configuration has problems; the running one stays",
          metadata: ["problems": "\(error.problems.joined(separator: "; "))"])
      }
      return state.look
    }
  }

  /// Files are marked before they are read, so that what changes meanwhile is seen at the next
  /// look: when the file names others than before, it is read once more with them marked. Marks of
  /// which one is so young that one more change could be in it are none: the next look reads again.
  private static func marked(
    _ read: () -> WebConfigRead, knowing files: [String]
  ) -> (WebConfigRead, [FileMark?]?) {
    var files = files
    for _ in 0..<3 {
      let began = SystemClock.wall
      let marks = files.map(FileMark.init(ofFile:))
      let reading = read()
      if reading.files == files {
        let areSettled = marks.allSatisfy { $0?.isSettled(at: began) ?? true }
        return (reading, areSettled ? marks : nil)
      }
      files = reading.files
    }
    return (read(), nil)
  }

  private static func look(_ config: WebConfig) throws(WebConfigRefused) -> Look {
    guard let tls = config.tls else { return Look(config: config) }
    return Look(config: config, tls: try TLSDoor(tls))
  }

  /// A file that is being written looks as if it opened doors.
  private static func check(
    _ config: WebConfig, after running: WebConfig
  ) throws(WebConfigRefused) {
    func refuse(_ what: String) -> WebConfigRefused {
      WebConfigRefused(problems: ["\(what) any more: that needs a new start"])
    }
    if config.users.isEmpty && !running.users.isEmpty { throw refuse("there are no users") }
    guard let before = running.tls else { return }
    guard let tls = config.tls else { throw refuse("there is no TLS") }
    if !tls.clientAuthentication.asksAsMuch(as: before.clientAuthentication) {
      throw refuse("client_auth_type does not ask for what it asked for")
    }
    if tls.clientAuthorities == nil && before.clientAuthorities != nil
      && before.clientAuthentication.verifies
    {
      throw refuse("there is no client_ca")
    }
    if tls.clientNames.isEmpty && !before.clientNames.isEmpty {
      throw refuse("there are no client_allowed_sans")
    }
  }
}

/// Tells one state of a file from another.
struct FileMark: Equatable {
  private var numbers = [Int64](repeating: 0, count: 7)

  /// `nil` when there is none, or it is no regular file.
  init?(ofFile path: String) {
    guard unsafe clinux_file_mark(path, &numbers) else { return nil }
  }

  /// Whether its last change is far enough from now for another one to make another mark: the
  /// kernel's clock for files ticks each few milliseconds. A change to come, by another clock, is
  /// as far.
  func isSettled(at now: Timestamp) -> Bool {
    // A file system of another machine may say anything.
    let seconds = min(max(numbers[5], 0), 1 << 40)
    let changed = Timestamp(milliseconds: seconds * 1000 + numbers[6] / 1_000_000)
    let age = changed.duration(to: now)
    return age > .milliseconds(100) || age < .milliseconds(-100)
  }
}
