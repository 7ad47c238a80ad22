import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Threads by their names: in the kernel, and in lines of the log.
  @Suite(.timeLimit(.minutes(5))) struct ThreadLoggings {
    /// With Postgres, a rule, and a receiver, so that every thread has something to do.
    private static let more = """
      rule_files: [rules.yml]
      route: {receiver: hook, group_wait: 0s}
      receivers: [{name: hook, webhook_configs: [{url: "http://127.0.0.1:1/hook"}]}]
      """

    private func started(_ bench: PostgresBench, _ format: String) async throws -> AgentProcess {
      try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
      try bench.configure(["one"], more: Self.more)
      let agent = try await bench.start(arguments: ["--log.level", "debug", "--log.format", format])
      try await bench.servers.turn("one", to: "500")
      _ = try await agent.http.get("/api/v1/query?query=up")
      return agent
    }

    @Test func everyThreadHasItsNameAndItsLinesSayIt() async throws {
      let bench = try await PostgresBench()
      let agent = try await started(bench, "logfmt")
      let quiet = ["breakwater", "log", "query", "supervisor", "web-0"]
      let talkative = [
        "mcp-coordinator", "prober", "journal", "postgres-link", "rule-engine", "notifier",
      ]
      try await until("every thread has its name") {
        Set(agent.threads.values).isSuperset(of: quiet + talkative)
      }
      #expect(!agent.threads.values.contains { $0.hasPrefix("NIO") }, "\(agent.threads)")
      for name in talkative {
        try await until("a line of \(name)") { agent.log.contains { $0.thread == name } }
      }
      #expect(agent.log.allSatisfy { $0.thread != nil && $0.id == nil })
      #expect(agent.log.first { $0.text.contains("Starting breakwater") }?.thread != "")
      #expect(try await agent.process.stop() == 0)
    }

    @Test func aReloadAndTheDatabaseSwitchWhatLinesSay() async throws {
      let bench = try await PostgresBench()
      try await bench.cluster.psql(OMNI2.tables)
      let agent = try await started(bench, "logfmt")
      try await agent.shows(name: true, id: false)

      let change = "level=info .*msg=\"The database changes the configuration\""
      for (file, name, id) in [
        ("{thread_name: false, thread_id: true}", false, true), ("{}", true, false),
        ("{thread_id: true}", true, true),
      ] {
        let count = agent.log.count
        try bench.configure(["one"], more: Self.more + "\nlogging: \(file)")
        agent.process.send(SIGHUP)
        let line = try await agent.line("msg=\"Configuration reloaded\"", after: count)
        #expect((line.thread != nil, line.id != nil) == (name, id), "\(file): \(line.text)")
        try await agent.shows(name: name, id: id)
      }

      for (value, name, id) in [
        (#"{"enabled": false}"#, false, false),
        (#"{"enabled": true, "include_thread_name": false}"#, false, true),
        (#"{"enabled": true, "include_thread_id": false}"#, true, false),
      ] {
        let count = agent.log.count
        _ = try await bench.set("thread_logging", value)
        let line = try await agent.line(change, after: count)
        #expect((line.thread != nil, line.id != nil) == (name, id), "\(value): \(line.text)")
        try await agent.shows(name: name, id: id)
      }
      _ = try await bench.change("UPDATE omni2.omni2_config SET is_active = false")
      try await agent.shows(name: true, id: true)
      #expect(try await agent.process.stop() == 0)
    }

    @Test func inJSONEachLineIsAnObjectOfTexts() async throws {
      let bench = try await PostgresBench()
      let agent = try await started(bench, "json")
      try await until("a rule's line") {
        agent.process.errors.contains(#""thread":"rule-engine","msg":"Alert fires""#)
      }
      #expect(try await agent.process.stop() == 0)
      for line in agent.process.errors.split(separator: "\n") {
        let fields = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(fields["thread"]?.isEmpty == false && fields["msg"] != nil, "\(line)")
      }
    }
  }
}

/// A line of the log in logfmt.
struct LogLine {
  let text: Substring
  /// What it says of its thread.
  var thread: String? { value("thread") }
  var id: String? { value("thread_id") }

  private func value(_ key: String) -> String? {
    text.prefix { $0 != "\"" }.split(separator: " ").first { $0.hasPrefix("\(key)=") }
      .map { String($0.dropFirst(key.count + 1)) }
  }
}

extension AgentProcess {
  /// The whole lines that it has logged so far.
  var log: [LogLine] {
    process.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .filter { $0.hasPrefix("ts=") }.map(LogLine.init)
  }

  /// The names of its threads by their numbers, as the kernel has them.
  var threads: [String: String] {
    let tasks = "/proc/\(process.pid)/task"
    let ids = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return ids.reduce(into: [:]) { names, id in
      let name = try? String(contentsOfFile: "\(tasks)/\(id)/comm", encoding: .utf8)
      names[id] = name?.trimmingCharacters(in: .newlines)
    }
  }

  /// Waits for a line that matches, after the first `count`.
  fileprivate func line(_ pattern: String, after count: Int) async throws -> LogLine {
    let regex = try Regex(pattern)
    return try await eventually("a line \(pattern)") {
      log.dropFirst(count).first { $0.text.contains(regex) }
    }
  }

  /// Waits until the lines of several threads say this of them, and the numbers are the kernel's.
  fileprivate func shows(name: Bool, id: Bool) async throws {
    try await until("lines say name: \(name), id: \(id)") {
      let last = log.suffix(5)
      return last.count == 5
        && last.allSatisfy { ($0.thread != nil) == name && ($0.id != nil) == id }
    }
    guard id else { return }
    let line = try await eventually("a probe ends") {
      log.last {
        $0.id != nil && ($0.thread != nil) == name && $0.text.contains("msg=\"Probe ended\"")
      }
    }
    #expect(threads[line.id ?? ""] == "prober", "\(line.text)")
    if name { #expect(line.thread == "prober") }
  }
}
