import Agent
import NIOCore
import Notifications
import PromQL
import Signals

/// Answers Alertmanager's API. Filters and answers of any size are made on the threads for queries.
struct AlertmanagerAPI: Sendable {
  let agent: any AgentInterface
  let threads: QueryThreads
  let ledger: PageLedger
  let bounds: WebBounds

  /// What `GET` gives.
  func answer(
    _ route: AlertmanagerRoute, _ parameters: QueryParameters, gzip: Bool
  ) async throws -> RenderedPage {
    try ledger.checkRoom()
    let now = agent.snapshot().at
    if route == .status { return try await written(gzip: gzip) { status(to: &$0) } }
    let view = try await answered { () async throws(NoAnswer) in
      try await agent.notificationView()
    }
    return try await written(gzip: gzip) { out throws(Problem) in
      switch route {
      case .status: break
      case .receivers: out.list(view.receivers) { $0.receiver($1) }
      case .alerts:
        let shown = try AlertFilter(parameters).alerts(of: view)
        out.list(shown) { $0.alert(view.alerts[$1]) }
      case .groups:
        let shown = try AlertFilter(parameters).groups(of: view)
        out.list(shown) { $0.group($1, of: view.alerts) }
      case .silences:
        let shown = try AlertFilter(parameters).silences(of: view, at: now)
        out.list(shown) { $0.silence($1, at: now) }
      case .silence(let id):
        guard let silence = view.silences.first(where: { $0.id == id }) else {
          throw .notFound(SilenceProblem.notFound.description)
        }
        out.silence(silence, at: now)
      }
    }
  }

  /// What `POST /api/v2/silences` gives.
  func setSilence(_ body: [UInt8], by caller: Caller) async throws -> RenderedPage {
    try ledger.checkRoom()
    let draft = try await threads.run(within: bounds.queryTimeout) { _, _ throws(Problem) in
      try SilenceBody.silence(body)
    }
    let result = try await answered { () async throws(NoAnswer) in
      try await agent.setSilence(draft, by: caller)
    }
    let id = try result.mapError(Problem.init).get()
    return try await written(gzip: false) { out in
      out.raw(#"{"silenceID":"#)
      out.string(id)
      out.byte("}")
    }
  }

  func expireSilence(_ id: String, by caller: Caller) async throws {
    let result = try await answered { () async throws(NoAnswer) in
      try await agent.expireSilence(id, by: caller)
    }
    try result.mapError(Problem.init).get()
  }

  private func answered<Value>(
    _ body: () async throws(NoAnswer) -> Value
  ) async throws(Problem) -> Value {
    do throws(NoAnswer) {
      return try await body()
    } catch {
      throw .noAnswer
    }
  }

  private func written(
    gzip: Bool, _ write: @escaping @Sendable (inout JSONBlocks) throws(Problem) -> Void
  ) async throws -> RenderedPage {
    let mostBytes = bounds.resultBytes
    let blocks = try await threads.run(within: bounds.queryTimeout) { _, _ throws(Problem) in
      var out = JSONBlocks()
      try write(&out)
      out.byte("\n")
      guard out.byteCount <= mostBytes else { throw .resultTooLarge(mostBytes) }
      return try QueryAPI.packed(out.finish(), gzip: gzip)
    }
    return RenderedPage(blocks: blocks, ledger: ledger)
  }
}

extension AlertmanagerAPI {
  private func status(to out: inout JSONBlocks) {
    let health = agent.snapshot().agent
    out.raw(#"{"cluster":{"name":"","peers":[],"status":"disabled"},"config":{"original":"#)
    out.string(agent.alertmanagerText)
    out.raw(#"},"uptime":"#)
    out.string(health.process.startedAt.rfc3339)
    out.raw(#","versionInfo":{"branch":"","buildDate":"","buildUser":"","goVersion":"","#)
    out.raw(#""revision":"#)
    out.string(health.revision)
    out.raw(#","version":"#)
    out.string(health.version)
    out.raw("}}")
  }
}

extension Problem {
  /// The thread that owns alerts is busy, or the journal takes nothing.
  static let noAnswer = unavailable(
    "the coordinator, the rule engine or the journal did not answer in time; look before you try "
      + "again")

  fileprivate init(_ problem: SilenceProblem) {
    switch problem {
    case .notFound: self = .notFound(problem.description)
    // With Alertmanager's status: its tools have no words of ours for another.
    case .alreadyExpired: self = .internal(problem.description)
    case .tooMany: self = .unavailable(problem.description)
    case .invalid(let why): self = .badData("invalid silence: \(why)")
    }
  }
}
