import Foundation
import Glibc

/// The programs of Debian's PostgreSQL, and an empty data directory that each cluster copies:
/// initdb takes seconds.
enum PostgresTemplate {
  private static let root = "/usr/lib/postgresql"

  /// The newest version that is installed.
  private static let version =
    ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
    .max { $0.compare($1, options: .numeric) == .orderedAscending } ?? "none"

  static func binary(_ name: String) -> String { "\(root)/\(version)/bin/\(name)" }

  /// Starts a program of the server, as a user that it accepts.
  static func child(_ name: String, _ arguments: [String], in scratch: Scratch) throws
    -> ChildProcess
  {
    guard geteuid() == 0 else { return try ChildProcess(binary(name), arguments, in: scratch) }
    let user = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", binary(name)]
    return try ChildProcess("setpriv", user + arguments, name: name, in: scratch)
  }

  /// Made by the first test process that needs it, kept in the directory for temporary files.
  static func directory(in scratch: Scratch) async throws -> String {
    let made = FileManager.default.temporaryDirectory
      .appending(path: "breakwater-postgres-\(version)-\(geteuid())-v1").path
    if FileManager.default.fileExists(atPath: made) { return made }
    let fresh = "\(made)-\(UUID().uuidString)"
    _ = unsafe mkdir(fresh, 0o700)
    if geteuid() == 0 {
      let result = try await runCommand("chown", ["postgres:", fresh], in: scratch)
      guard result.status == 0 else {
        throw PostgresCluster.Failure(description: result.errors)
      }
    }
    let initdb = try child(
      "initdb",
      [
        "-D", fresh, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync",
        "--wal-segsize=1",
      ], in: scratch)
    guard try await initdb.exitStatus() == 0 else {
      throw PostgresCluster.Failure(description: "initdb: \(initdb.errors)")
    }
    let conf = "\(fresh)/postgresql.conf"
    let settings = try String(contentsOfFile: conf, encoding: .utf8)
    try (settings + "\ninclude = 'breakwater.conf'\n")
      .write(toFile: conf, atomically: false, encoding: .utf8)
    // Another process may have been faster: then this one is not needed.
    if unsafe rename(fresh, made) != 0 { try? FileManager.default.removeItem(atPath: fresh) }
    return made
  }
}
