package import Foundation
import Glibc
import Synchronization

/// A child process with its output in files. It is killed and reaped when the last reference goes,
/// and when the test process ends first.
package final class ChildProcess: Sendable {
  package let name: String
  /// What it wrote so far.
  package let standardOutput: URL
  package let standardError: URL
  private let process: Process

  /// Starts `executable`, a path or a name on PATH.
  package init(
    _ executable: String, _ arguments: [String] = [], name: String? = nil, in scratch: Scratch,
    input: URL? = nil
  ) throws {
    self.name = name ?? URL(filePath: executable).lastPathComponent
    standardOutput = try scratch.newFile("\(self.name).out")
    standardError = try scratch.newFile("\(self.name).err")
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [executable] + arguments
    process.currentDirectoryURL = scratch.directory
    let output = try FileHandle(forWritingTo: standardOutput)
    let errors = try FileHandle(forWritingTo: standardError)
    // Foundation keeps what it has started, and its handles, for ever.
    defer {
      try? output.close()
      try? errors.close()
    }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? .nullDevice
    try withEverySignal { try process.run() }
    Orphans.shared.add(process.processIdentifier)
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    Orphans.shared.remove(process.processIdentifier)
  }

  package var isRunning: Bool { process.isRunning }
  package var pid: Int32 { process.processIdentifier }

  package func send(_ signal: Int32) {
    if process.isRunning { kill(process.processIdentifier, signal) }
  }

  /// Waits for the end; 128 + N when signal N ended it, as a shell says.
  @discardableResult
  package func exitStatus(within limit: Duration = .seconds(60)) async throws -> Int32 {
    try await until("\(name) has ended", within: limit) { !process.isRunning }
    Orphans.shared.remove(process.processIdentifier)
    return process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
  }

  /// SIGTERM, and SIGKILL for those that do not listen.
  @discardableResult
  package func stop() async throws -> Int32 {
    send(SIGTERM)
    do {
      return try await exitStatus(within: .seconds(30))
    } catch {
      send(SIGKILL)
      return try await exitStatus()
    }
  }

  package var output: String { (try? String(contentsOf: standardOutput, encoding: .utf8)) ?? "" }
  package var errors: String { (try? String(contentsOf: standardError, encoding: .utf8)) ?? "" }
}

/// The threads of the cooperative pool block signals, and a child would inherit that: it could not
/// be asked to end.
private func withEverySignal<Value>(_ body: () throws -> Value) rethrows -> Value {
  var none = sigset_t()
  var before = sigset_t()
  unsafe sigemptyset(&none)
  unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
  return try body()
}

/// What a finished command left.
package struct CommandResult: Sendable {
  package var status: Int32
  package var output: String
  package var errors: String

  package var lines: [Substring] { output.split(separator: "\n") }
}

/// Runs a command to its end.
package func runCommand(
  _ executable: String, _ arguments: [String] = [], in scratch: Scratch, input: URL? = nil,
  within limit: Duration = .seconds(120)
) async throws -> CommandResult {
  let child = try ChildProcess(executable, arguments, in: scratch, input: input)
  let status = try await child.exitStatus(within: limit)
  return CommandResult(status: status, output: child.output, errors: child.errors)
}

/// A directory of a test's own, gone when the last reference goes.
package final class Scratch: Sendable {
  package let directory: URL
  private let files = Mutex(0)

  /// `inMemory`: where a file system in memory is, so that an fsync costs nothing.
  package init(inMemory: Bool = false) throws {
    let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
    let isThere = inMemory && FileManager.default.isWritableFile(atPath: memory.path)
    directory = (isThere ? memory : FileManager.default.temporaryDirectory)
      .appending(path: "breakwater-test-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { remove() }

  /// For one that is kept to the end of the process.
  func remove() { try? FileManager.default.removeItem(at: directory) }

  package func path(_ name: String) -> URL { directory.appending(path: name) }

  @discardableResult
  package func write(_ name: String, _ text: String) throws -> URL {
    let url = path(name)
    try text.write(to: url, atomically: true, encoding: .utf8)
    return url
  }

  /// An empty file with a name that nothing else has.
  package func newFile(_ name: String) throws -> URL {
    let number = files.withLock { count in
      count += 1
      return count
    }
    return try write("\(number)-\(name)", "")
  }
}

/// Kills what a test process would leave behind when it ends early.
private final class Orphans: Sendable {
  static let shared = Orphans()
  private let pids = Mutex<Set<Int32>>([])

  private init() {
    atexit { Orphans.shared.pids.withLock { for pid in $0 { kill(pid, SIGKILL) } } }
  }

  func add(_ pid: Int32) { pids.withLock { _ = $0.insert(pid) } }
  func remove(_ pid: Int32) { pids.withLock { _ = $0.remove(pid) } }
}

/// The top of the checkout.
package let projectRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The program as this test run's configuration has built it, or BREAKWATER_EXECUTABLE.
package let breakwaterExecutable: String = {
  if let given = ProcessInfo.processInfo.environment["BREAKWATER_EXECUTABLE"] { return given }
  #if DEBUG
    return projectRoot.appending(path: ".build/debug/breakwater").path
  #else
    return projectRoot.appending(path: ".build/release/breakwater").path
  #endif
}()
