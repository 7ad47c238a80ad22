import Agent
import GRDB

/// Why the journal cannot be opened or read at a start. `description` is one line for a person.
package struct JournalError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// Another agent holds the directory; its process id when it could be read.
    case directoryInUse(pid: Int32?)
    /// A newer Breakwater has written the journal; this one would lose what it does not know.
    case newerVersion
    /// Damaged, and a fresh file in its place is too.
    case corrupt
    case unusable
  }

  package let reason: Reason
  package let path: String
  /// What the system said; empty where the reason says it all.
  package let detail: String

  package init(_ reason: Reason, path: String, detail: String = "") {
    self.reason = reason
    self.path = path
    self.detail = detail
  }

  package var description: String {
    switch reason {
    case .directoryInUse(let pid):
      let holder = pid.map { "process \($0)" } ?? "another process"
      return "data directory \(path) is in use by \(holder)"
    case .newerVersion:
      return "journal \(path) was written by a newer version of Breakwater"
    case .corrupt:
      return "journal \(path) is corrupt: \(detail)"
    case .unusable:
      return "journal \(path) is unusable: \(detail)"
    }
  }
}

extension JournalFailure {
  /// The reason that SQLite's result code stands for.
  init(_ error: any Error) {
    guard let error = error as? DatabaseError else {
      self = (error as? JournalFailure) ?? .other
      return
    }
    switch error.resultCode {
    case .SQLITE_FULL: self = .full
    case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY: self = .io
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt
    default: self = .other
    }
  }

  /// Whether the connection must not be trusted with another write. After an `fsync` that failed
  /// the kernel has forgotten which pages were dirty, so a second one on that handle says nothing.
  var demandsReopening: Bool {
    switch self {
    case .io, .corrupt, .other: true
    case .full, .busy: false
    }
  }
}
