import Foundation
import Glibc
import Signals
import Synchronization

/// The agent's data directory, held by an exclusive lock until `unlock` or the process's end.
final class DataDirectory: Sendable {
  let path: String
  private let lock: Mutex<Int32?>

  var databasePath: String { path + "/journal.sqlite" }

  /// Makes the directory when it is missing and locks it; refused when another holder is alive.
  init(path: String) throws(JournalError) {
    self.path = path
    try Self.makeDirectory(path)
    lock = Mutex(try Self.lockFile(in: path))
  }

  deinit { unlock() }

  func unlock() {
    lock.withLock { descriptor in
      if let open = descriptor { close(open) }
      descriptor = nil
    }
  }

  /// Makes the database's file (SQLite would not make it private; -wal and -shm inherit its mode).
  func makeDatabaseFile() throws(JournalError) {
    let descriptor = unsafe Glibc.open(databasePath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(databasePath, "cannot open") }
    defer { close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else {
      throw Self.failure(databasePath, "cannot make private")
    }
    synchronize()
  }

  /// Moves the database's files aside and returns where the main one is now.
  func quarantineDatabase(at now: Timestamp) throws(JournalError) -> String {
    let stem = databasePath + ".corrupt-\(now.milliseconds / 1000)"
    var target = stem
    for number in 2...99 where unsafe access(target, F_OK) == 0 { target = "\(stem)-\(number)" }
    guard unsafe rename(databasePath, target) == 0 else {
      throw Self.failure(databasePath, "is corrupt and cannot be moved aside")
    }
    for suffix in ["-wal", "-shm"] {
      _ = unsafe rename(databasePath + suffix, target + suffix)
    }
    dropOldest(keeping: target)
    synchronize()
    return target
  }

  /// Damaged journals that are kept: a broken disk must not fill with them.
  private static let asideMax = 5

  private func dropOldest(keeping newest: String) {
    let stem = "journal.sqlite.corrupt-"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let old = names.filter {
      $0.hasPrefix(stem) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
        && path + "/" + $0 != newest
    }
    for name in old.sorted().dropLast(Self.asideMax - 1) {
      for suffix in ["", "-wal", "-shm"] { _ = unsafe unlink("\(path)/\(name)\(suffix)") }
    }
  }

  /// Deletes a database that was only begun.
  func removeDatabase() {
    for suffix in ["", "-wal", "-shm"] { _ = unsafe unlink(databasePath + suffix) }
  }

  /// Bytes of the database and its log; what is not there has none.
  var databaseSize: Int64 {
    ["", "-wal"].reduce(0) { sum, suffix in
      var status = stat()
      return unsafe stat(databasePath + suffix, &status) == 0 ? sum + Int64(status.st_size) : sum
    }
  }

  /// Makes new names in the directory survive a power cut.
  private func synchronize() {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

extension DataDirectory {
  private static func makeDirectory(_ path: String) throws(JournalError) {
    var parents: [Substring] = []
    for part in path.split(separator: "/").dropLast() {
      parents.append(part)
      let parent = (path.hasPrefix("/") ? "/" : "") + parents.joined(separator: "/")
      if unsafe mkdir(parent, 0o755) != 0 && errno != EEXIST {
        throw failure(parent, "cannot make directory")
      }
    }
    if unsafe mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw failure(path, "cannot make directory")
    }
  }

  private static func lockFile(in directory: String) throws(JournalError) -> Int32 {
    let path = directory + "/lock"
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(path, "cannot open") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      defer { close(descriptor) }
      guard reason == EWOULDBLOCK else { throw failure(path, "cannot lock", errno: reason) }
      throw JournalError(.directoryInUse(pid: holder(descriptor)), path: directory)
    }
    let line = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    let written = unsafe line.withUnsafeBytes {
      unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard written == line.count else {
      let failure = failure(path, "cannot write")
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  private static func holder(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    let digits = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
    return Int32(String(decoding: digits, as: UTF8.self))
  }

  private static func failure(
    _ path: String, _ what: String, errno code: Int32 = errno
  ) -> JournalError {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return JournalError(.unusable, path: path, detail: "\(what): \(reason)")
  }
}
