import Agent
import Glibc
import PostgresLink
import Signals
import Threading

/// Writes rounds of probes as the agent does, from the journal's chunks on.
///
/// usage: PostgresBenchmark CONNINFO MCPS CYCLES [changes]
///
/// The tables must have rows named `mcp-server-00001` and so on; what Breakwater needs besides is
/// added. Prints a line of JSON for each cycle: seconds of wall, of this process, of the backend.
@main struct PostgresBenchmark {
  static func main() throws {
    ProcessSetup.shareHeap()
    let arguments = CommandLine.arguments
    guard arguments.count >= 4, let mcps = Int(arguments[2]), let cycles = Int(arguments[3]),
      mcps > 0, let interrupt = Interrupt()
    else {
      print("usage: PostgresBenchmark CONNINFO MCPS CYCLES [changes]")
      exit(64)
    }
    let connection = try Connection.open(
      ConnectionTarget(url: Secret(arguments[1])), interrupt: interrupt)
    let schema = try SchemaAttachment.attach(connection, schema: "omni2").schema
    let writer = FeedWriter(
      connection, schema: schema, agentID: "0123456789abcdef", within: .seconds(60))
    writer.set(try ids(connection, schema))
    var position = try writer.cursor()
    for number in 0..<cycles {
      let chunks = Cycle.chunks(
        number: number, mcps: mcps, changesOnly: arguments.last == "changes", from: position + 1)
      let before = Costs(of: connection)
      guard case .written(let report) = try writer.write(chunks, after: position) else {
        print("the rows are not written")
        exit(1)
      }
      let after = Costs(of: connection, settled: true)
      position = report.position
      print(
        """
        {"rows": \(report.rows), "wall": \(after.wall - before.wall), \
        "client": \(after.client - before.client), "backend": \(after.backend - before.backend)}
        """)
    }
  }

  private static func ids(
    _ connection: Connection, _ schema: AttachedSchema
  ) throws -> ServerIDs {
    let rows = try connection.execute(
      Statement(#"SELECT "name"::text, "id"::bigint FROM \#(schema.table("mcp_servers"))"#),
      within: .seconds(60))
    var ids = ServerIDs()
    for row in 0..<rows.count {
      if let name = rows.text(row, 0), let id = rows.int64(row, 1) { ids.byName[name] = id }
    }
    return ids
  }
}

/// Seconds spent so far.
private struct Costs {
  var wall: Double
  /// By all threads of this process.
  var client: Double
  /// On a processor, by the session's process in the server.
  var backend: Double

  /// `settled`: the server is given a moment to end what it does after it has answered.
  init(of connection: Connection, settled: Bool = false) {
    wall = SystemClock.monotonic.elapsed.inSeconds
    var usage = rusage()
    unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
    client = [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
    }
    if settled { _ = poll(nil, 0, 20) }
    backend = Self.nanoseconds(ofProcess: connection.backendPID) / 1e9
  }

  private static func nanoseconds(ofProcess pid: Int32) -> Double {
    guard let file = unsafe fopen("/proc/\(pid)/schedstat", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard unsafe fgets(&line, 128, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.split(separator: " ").first.flatMap { Double($0) } ?? 0
  }
}
