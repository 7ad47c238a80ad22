import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of a test's own, from Debian's packages, in a directory of its own.
package final class PostgresCluster: Sendable {
  package struct Options: Sendable {
    /// Lines of postgresql.conf.
    package var settings: [String] = []
    /// All of pg_hba.conf.
    package var hba = "local all all trust\nhost all all all trust\n"
    /// Whether it waits for the disk.
    package var isDurable = false
    /// Names in the certificate, as `DNS:localhost,IP:127.0.0.1`; `nil`: no TLS.
    package var tlsNames: String?

    package init() {}
  }

  package enum StopMode: String, Sendable { case fast, immediate }

  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  package let port: Int
  /// Holds the data, the sockets and the certificates.
  package let scratch: Scratch
  private let running = Mutex<ChildProcess?>(nil)

  /// Prepares a server and starts it.
  package init(_ options: Options = Options()) async throws {
    scratch = try Scratch()
    port = try freePort()
    let template = try await PostgresTemplate.directory(in: scratch)
    _ = try await check(runCommand("cp", ["-a", template, data], in: scratch))
    try FileManager.default.createDirectory(atPath: sockets, withIntermediateDirectories: true)
    _ = unsafe chmod(sockets, 0o777)
    var settings = [
      "listen_addresses = '127.0.0.1'", "port = \(port)",
      "unix_socket_directories = '\(sockets)'", "shared_buffers = 8MB", "lc_messages = 'C'",
    ]
    if !options.isDurable {
      settings += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
    }
    if let names = options.tlsNames {
      try await makeCertificate(names)
      settings += [
        "ssl = on", "ssl_cert_file = '\(data)/server.crt'", "ssl_key_file = '\(data)/server.key'",
      ]
    }
    try (settings + options.settings).joined(separator: "\n").appending("\n")
      .write(toFile: "\(data)/breakwater.conf", atomically: false, encoding: .utf8)
    try overwrite("pg_hba.conf", options.hba)
    _ = unsafe chmod("\(data)/breakwater.conf", 0o644)
    try await start()
  }

  deinit { shutDown() }

  /// Ends it at once and waits, at most 2 s.
  func shutDown() {
    running.withLock { running in
      guard let child = running else { return }
      for pid in [child.pid] + Self.children(of: child.pid) { _ = Glibc.kill(pid, SIGCONT) }
      // An immediate shutdown, which leaves no shared memory behind.
      child.send(SIGQUIT)
      for _ in 0..<400 where child.isRunning { _ = poll(nil, 0, 5) }
      running = nil
    }
  }

  package var data: String { scratch.path("data").path }
  package var sockets: String { scratch.path("sockets").path }
  /// The authority to trust: the server's own certificate.
  package var certificate: String { scratch.path("server.crt").path }

  /// libpq's URI, by TCP.
  package func url(
    user: String = "postgres", password: String? = nil, database: String = "postgres",
    port: Int? = nil, parameters: String = ""
  ) -> String {
    let credentials = password.map { "\(user):\($0)" } ?? user
    return "postgresql://\(credentials)@127.0.0.1:\(port ?? self.port)/\(database)"
      + (parameters.isEmpty ? "" : "?\(parameters)")
  }

  /// Starts it, or starts it again, on the same port.
  package func start() async throws {
    var last = ""
    for _ in 0..<20 {
      let child = try PostgresTemplate.child(
        "postgres", ["-D", data, "-c", "config_file=\(data)/postgresql.conf"], in: scratch)
      try await until("the server is ready") {
        child.errors.contains("ready to accept") || !child.isRunning
      }
      if child.isRunning {
        running.withLock { $0 = child }
        return
      }
      // Somebody else may have the port for a moment.
      last = child.errors
      guard last.contains("could not bind") else { break }
    }
    throw Failure(description: "postgres does not start: \(last)")
  }

  /// Shuts it down and waits for its end.
  package func stop(_ mode: StopMode = .fast) async throws {
    let child = running.withLock { running in
      defer { running = nil }
      return running
    }
    child?.send(mode == .fast ? SIGINT : SIGQUIT)
    try await child?.exitStatus()
  }

  /// What the server wrote to its log since it was last started.
  package var log: String { running.withLock { $0?.errors ?? "" } }

  /// Has it end when its last session has: until then it takes no new ones.
  package func beginSmartShutdown() { running.withLock { $0?.send(SIGTERM) } }

  /// Stops all its processes where they are.
  package func suspend() { signalAll(SIGSTOP) }
  package func resume() { signalAll(SIGCONT) }

  /// Ends a session's process at once; the server restarts all of its sessions.
  package func kill(backend pid: Int32) { _ = Glibc.kill(pid, SIGKILL) }

  /// What psql prints: rows as lines, columns separated by `|`.
  @discardableResult
  package func psql(_ sql: String, database: String = "postgres") async throws -> String {
    let file = try scratch.newFile("script.sql")
    try sql.write(to: file, atomically: true, encoding: .utf8)
    let result = try await check(
      runCommand(
        PostgresTemplate.binary("psql"),
        [
          "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p", "\(port)",
          "-U", "postgres", "-d", database, "-f", file.path,
        ], in: scratch))
    return result.output.trimmingCharacters(in: .newlines)
  }

  /// Puts lines after those of its configuration and has it read them.
  package func configure(_ settings: [String]) async throws {
    let path = "\(data)/breakwater.conf"
    let before = try String(contentsOfFile: path, encoding: .utf8)
    try (before + settings.joined(separator: "\n") + "\n")
      .write(toFile: path, atomically: false, encoding: .utf8)
    try await psql("SELECT pg_reload_conf()")
  }

  private func overwrite(_ name: String, _ text: String) throws {
    try text.write(toFile: "\(data)/\(name)", atomically: false, encoding: .utf8)
  }

  private func signalAll(_ signal: Int32) {
    guard let pid = running.withLock({ $0?.pid }) else { return }
    // Its children after it: a postmaster that runs makes new ones.
    _ = Glibc.kill(pid, signal)
    for child in Self.children(of: pid) { Glibc.kill(child, signal) }
  }

  private static func children(of parent: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { pid in
      let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 1 && fields[1] == "\(parent)"
    }
  }

  private func makeCertificate(_ names: String) async throws {
    let key = scratch.path("server.key").path
    _ = try await check(
      runCommand(
        "openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-days", "2", "-keyout", key, "-out", certificate, "-subj", "/CN=scripted", "-addext",
          "subjectAltName=\(names)",
        ], in: scratch))
    let owner = geteuid() == 0 ? ["-o", "postgres"] : []
    for file in [key, certificate] {
      _ = try await check(
        runCommand("install", owner + ["-m", "600", file, data], in: scratch))
    }
  }

  private func check(_ result: CommandResult) throws -> CommandResult {
    guard result.status == 0 else { throw Failure(description: result.errors) }
    return result
  }
}

extension PostgresCluster {
  /// Starts it again as a hot standby that has no primary: readable, and not writable.
  package func standBy() async throws {
    try await stop()
    try "".write(toFile: "\(data)/standby.signal", atomically: false, encoding: .utf8)
    try await start()
  }
}
