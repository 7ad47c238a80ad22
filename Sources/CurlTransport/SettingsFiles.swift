import Glibc
import Signals
import Threading

/// The files that settings name, as they were last read: each is looked at again once a second at
/// most, and read when it has changed. One for each thread that makes requests.
///
/// Blocks on the disk, for files of a few KiB.
final class SettingsFiles {
  /// Why a file cannot be used; never with its content.
  struct Fault: Error, Equatable {
    let path: String
    let reason: String

    var description: String { "\"\(path)\" \(reason)" }
  }

  enum Kind: Hashable {
    /// One line of text.
    case secret
    /// Certificates or a key.
    case pem

    fileprivate var limit: Int { self == .pem ? 1 << 20 : SecretText.limit }
  }

  private struct Key: Hashable {
    var path: String
    var kind: Kind
  }

  private struct Entry {
    var stamp: Stamp
    var content: Result<Secret, Fault>
    var lookedAt: Int64
    /// It need not be read again before its stamp changes: it could be read, and long enough after
    /// its last change, since what is written right after the reading could leave the same stamp.
    var isSettled: Bool

    /// Bytes; 0 when it could not be read.
    var count: Int { (try? content.get().exposed.utf8.count) ?? 0 }
  }

  /// Changes with the content of a file.
  private struct Stamp: Equatable {
    var device: UInt64 = 0
    var inode: UInt64 = 0
    var size: Int64 = 0
    var modified: [Int] = []
    var isRegular = false
    /// Unix seconds.
    var changedAt: Int64 = 0

    init(_ facts: stat) {
      device = UInt64(facts.st_dev)
      inode = UInt64(facts.st_ino)
      size = Int64(facts.st_size)
      modified = [
        facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec,
      ]
      changedAt = Int64(facts.st_ctim.tv_sec)
      isRegular = facts.st_mode & S_IFMT == S_IFREG
    }
  }

  private var entries: [Key: Entry] = [:]
  private var bytes = 0
  /// When more is kept, all of it is read again.
  private static let bytesMax = 64 << 20
  private static let lookInterval: Int64 = 1_000_000_000

  /// The content of a file; `known` for what is no file and gave its only word at the start.
  func content(
    of path: String, _ kind: Kind, known: Secret?, at now: Int64
  ) throws(Fault) -> Secret {
    let key = Key(path: path, kind: kind)
    if let entry = entries[key], now - entry.lookedAt < Self.lookInterval {
      return try entry.content.get()
    }
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { throw .system(errno, path) }
    let stamp = Stamp(facts)
    if !stamp.isRegular, let known { return known }
    if var entry = entries[key], entry.stamp == stamp, entry.isSettled {
      entry.lookedAt = now
      entries[key] = entry
      return try entry.content.get()
    }
    let content = read(path, kind)
    remember(content, key, stamp, at: now)
    return try content.get()
  }

  private func remember(
    _ content: Result<Secret, Fault>, _ key: Key, _ stamp: Stamp, at now: Int64
  ) {
    if bytes > Self.bytesMax { (entries, bytes) = ([:], 0) }
    let age = SystemClock.wall.milliseconds / 1000 - stamp.changedAt
    var entry = Entry(stamp: stamp, content: content, lookedAt: now, isSettled: false)
    entry.isSettled = entry.count > 0 && !(0...2).contains(age)
    bytes += entry.count - (entries[key]?.count ?? 0)
    entries[key] = entry
  }

  private func read(_ path: String, _ kind: Kind) -> Result<Secret, Fault> {
    Result { () throws(Fault) in
      let bytes = try Self.bytes(of: path, limit: kind.limit)
      guard kind == .secret else {
        guard let text = String(validating: bytes, as: UTF8.self), text.contains("-----BEGIN ")
        else { throw Fault(path: path, reason: "is not PEM") }
        return Secret(text)
      }
      do throws(SecretText.Fault) {
        return Secret(try SecretText.read(bytes))
      } catch {
        throw Fault(path: path, reason: error.reason)
      }
    }
  }

  private static func bytes(of path: String, limit: Int) throws(Fault) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(errno, path) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(errno, path) }
      if count == 0 { return content }
      content += chunk.prefix(count)
      if content.count > limit {
        throw Fault(path: path, reason: "larger than \(limit >> 10) KiB")
      }
    }
  }
}

extension SettingsFiles.Fault {
  static func system(_ code: Int32, _ path: String) -> Self {
    let reason =
      switch code {
      case ENOENT, ENOTDIR: "cannot be read: no such file"
      case EACCES, EPERM: "cannot be read: permission denied"
      case EISDIR: "cannot be read: a directory"
      default: "cannot be read: error \(code)"
      }
    return Self(path: path, reason: reason)
  }
}
