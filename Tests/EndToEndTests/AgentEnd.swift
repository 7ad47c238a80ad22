import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

/// How the agents of a drill end.
enum AgentEnd: Sendable {
  /// SIGKILL at a random moment, or when a message is on its way.
  case kill
  /// SIGTERM at a random moment, or when a message is on its way, sometimes during a reload; beside
  /// a Postgres that does not answer.
  case terminate
  /// A `CrashPoint` that the seed draws.
  case crashPoint
  /// A fault of the kernel's, one for each life.
  case syscalls([SyscallFault])

  /// Lives are short, and a disk would be what takes the time.
  var isQuick: Bool {
    switch self {
    case .kill, .terminate: false
    case .crashPoint, .syscalls: true
    }
  }
}

/// What `strace` does to one call of the agent.
struct SyscallFault: Sendable, CustomStringConvertible {
  /// `fdatasync`...
  var call: String
  /// Of a thread's calls, from 1.
  var number: Int
  /// `signal=KILL`, `error=EIO`...
  var effect: String

  var description: String { "\(call):\(effect):when=\(number)" }
  var isDeath: Bool { effect == "signal=KILL" }

  /// The tracer is a grandchild, so that the agent stays a child of ours.
  var tool: [String] {
    [
      "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
      "inject=\(self)",
    ]
  }
}

// MARK: - Lives

extension AlertKillDrill {
  mutating func live(_ life: Int) async throws {
    try configure(life: life)
    switch end {
    case .kill: try await liveUntilKilled(life)
    case .terminate: try await liveUntilTerminated(life)
    case .crashPoint: try await liveToACrashPoint(life)
    case .syscalls(let faults): try await live(with: faults[life % faults.count], life)
    }
    endsSince += 1
    endings.append(Date().timeIntervalSince1970)
  }

  /// Each life has a URL of its own, which tells the receiver whose try it is.
  func configure(life: Int) throws {
    let postgres =
      switch end {
      case .terminate: "postgres: {url: \"postgres://nobody@127.0.0.1:\(silent.port)/none\"}"
      default: ""
      }
    let isQuick = end.isQuick
    try bench.configure(
      Self.names, evaluation: isQuick ? "500ms" : "15s",
      probes: isQuick ? "200ms" : "300ms",
      webhooks: ["url: \"\(receiver.url)/\(life)\", timeout: 3s"], more: postgres)
  }

  private mutating func liveUntilKilled(_ life: Int) async throws {
    let agent = try await bench.start()
    sometime(in: 20...900) { agent.process.send(SIGKILL) }
    let status = try await agent.process.exitStatus()
    receiver.atNextTry(nil)
    #expect(status == 128 + SIGKILL, "life \(life): \(agent.process.errors.suffix(2_000))")
  }

  private mutating func liveUntilTerminated(_ life: Int) async throws {
    let agent = try await bench.start()
    try await compare(with: agent, "seed \(seed), life \(life)")
    let reloads = Bool.random(using: &dice)
    let asked = Moment()
    sometime(in: 20...1500) {
      guard asked.isFirst() else { return }
      if reloads { agent.process.send(SIGHUP) }
      agent.process.send(SIGTERM)
    }
    await witness.watch(agent)
    let status = try await agent.process.exitStatus()
    receiver.atNextTry(nil)
    #expect(status == 0, "seed \(seed), life \(life): \(agent.process.errors.suffix(2_000))")
    #expect(asked.elapsed < .seconds(10), "seed \(seed), life \(life)")
    causes[reloads ? "SIGTERM in a reload" : "SIGTERM", default: 0] += 1
  }

  /// After a while, and perhaps when a message arrives before that.
  private mutating func sometime(
    in milliseconds: ClosedRange<Int>, _ action: @escaping @Sendable () -> Void
  ) {
    if Int.random(in: 0..<3, using: &dice) == 0 { receiver.atNextTry(action) }
    let pause = Int.random(in: milliseconds, using: &dice)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(pause), execute: action)
  }

  private mutating func liveToACrashPoint(_ life: Int) async throws {
    let number = seed &* 1_000_000 &+ UInt64(life)
    let agent = try bench.agent(
      arguments: ["--web.enable-fault-injection"],
      environment: ["BREAKWATER_CRASH_POINT=random:\(number)"])
    try await witnessDeath(of: agent, "crash point random:\(number)")
    let point = agent.process.errors.split(separator: "\n").last { $0.hasPrefix("crash point ") }
    causes[point.map { String($0.dropFirst("crash point ".count)) } ?? "none", default: 0] += 1
  }

  /// To the end that somebody or something brings, ready or not. Nobody may pass the point: after a
  /// while it is killed.
  private mutating func witnessDeath(of agent: AgentProcess, _ place: String) async throws {
    if try await isReady(agent, place) {
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(1_500)) {
        agent.process.send(SIGKILL)
      }
      do {
        try await compare(with: agent, place)
        await witness.watch(agent)
      } catch {
        // It ended while it was looked at.
      }
    }
    let status = try await agent.process.exitStatus()
    #expect(status == 137, "\(place): \(agent.process.errors.suffix(2_000))")
  }

  /// False: it has ended before.
  private func isReady(_ agent: AgentProcess, _ place: String) async throws -> Bool {
    try await eventually("\(place): ready, or gone", every: .milliseconds(5)) {
      if !agent.process.isRunning { return false }
      return try await agent.http.get("/-/ready").status == 200 ? true : nil
    }
  }

  private mutating func live(with fault: SyscallFault, _ life: Int) async throws {
    let place = "seed \(seed), life \(life), \(fault)"
    let agent = try bench.agent(under: fault.tool)
    if fault.isDeath {
      try await witnessDeath(of: agent, place)
      let isReached = agent.process.errors.contains("Ended cleanly")
      causes["\(fault.call) \(isReached)", default: 0] += 1
      return
    }
    guard try await isReady(agent, place) else {
      // One clear line; the next start is as if nothing was.
      #expect(try await agent.process.exitStatus() == 1, "\(place): \(agent.process.errors)")
      return causes["\(fault.call) \(fault.effect) at the start", default: 0] += 1
    }
    try await compare(with: agent, place)
    let failures = try await agent.journalFailures()
    try? await until("\(place): refused", within: .seconds(3)) {
      try await agent.journalFailures() > failures
    }
    let isReached = try await agent.journalFailures() > 0
    causes["\(fault.call) \(fault.effect) \(isReached ? "refused" : "unnoticed")", default: 0] += 1
    #expect(try await agent.process.stop() == 0, "\(place): \(agent.process.errors)")
  }

  /// What was seen is there, and the restarts are counted: all but those of agents that ended
  /// before they had counted themselves.
  mutating func compare(with agent: AgentProcess, _ place: String) async throws {
    let page = try await agent.metrics()
    let counted = page.value("breakwater_coordinator_restarts_total", ["reason": "process"])
    try await witness.compare(with: agent, place)
    let now = try #require(counted)
    if let restarts {
      let new = Int(now - restarts)
      let expected =
        switch end {
        case .terminate: 0...0
        case .kill: endsSince...endsSince
        case .crashPoint: 1...endsSince
        case .syscalls: 0...endsSince
        }
      #expect(expected.contains(new), "\(place): \(new) restarts after \(endsSince) ends")
    }
    (restarts, endsSince) = (now, 0)
  }
}

extension AgentProcess {
  fileprivate func journalFailures() async throws -> Double {
    try await metrics().values("breakwater_journal_failures_total", by: [])[[]] ?? 0
  }
}

/// When something was done first.
private final class Moment: Sendable {
  private let value = Mutex<ContinuousClock.Instant?>(nil)

  /// True for the one that comes first.
  func isFirst() -> Bool {
    value.withLock { value in
      defer { value = value ?? .now }
      return value == nil
    }
  }

  /// Since then.
  var elapsed: Duration { value.withLock { $0?.duration(to: .now) ?? .zero } }
}
