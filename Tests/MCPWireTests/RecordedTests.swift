import Foundation
import MCPWire
import Signals
import TestSupport
import Testing

/// Answers out of one recording in the places named, and what a probe that meets them must say.
struct RecordedMoment: Sendable, CustomTestStringConvertible {
  /// What is known of the server before. Where the recording says nothing, it answers as one does.
  enum Start: Sendable { case unknown, session, stateless }

  var name: String
  var start: Start
  /// The exchanges' titles. Each answers once.
  var answers: [ProbeStage: String]
  var outcome: ProbeOutcome
  var warnings: [ProbeWarning] = []
  var code: Int?
  var stage: ProbeStage?
  var hasToken = false

  var testDescription: String { "\(name) \(answers.values.sorted())" }

  init(
    _ name: String, _ start: Start, _ answers: [ProbeStage: String], _ outcome: ProbeOutcome,
    warnings: [ProbeWarning] = [], code: Int? = nil, at stage: ProbeStage? = nil,
    token: Bool = false
  ) {
    self.name = name
    self.start = start
    self.answers = answers
    self.outcome = outcome
    self.warnings = warnings
    self.code = code
    self.stage = stage
    hasToken = token
  }

  private static func wall(
    _ name: String, _ title: String, _ outcome: ProbeOutcome, token: Bool = true
  ) -> RecordedMoment {
    RecordedMoment(
      name, .unknown, [.discover: title, .initialize: title], outcome,
      at: outcome == .ok ? nil : .initialize, token: token)
  }

  private static let introduction: [ProbeStage: String] = [
    .initialize: "initialize", .initialized: "notifications/initialized", .toolsList: "tools/list",
  ]
  private static let afterRestart = "ping with the old session id after the restart"

  static let all =
    [
      wall("auth-fastmcp-4.1.6", "no token", .authRequired, token: false),
      wall("auth-fastmcp-4.1.6", "bad token", .authInvalid),
      wall("auth-fastmcp-4.1.6", "good token", .ok),
      wall("auth-mcp-2.3.0", "no token", .authRequired, token: false),
      wall("auth-mcp-2.3.0", "bad token", .authInvalid),
      wall("auth-mcp-2.3.0", "token without the scope", .insufficientScope),
      wall("auth-mcp-2.3.0", "good token", .ok),
      wall("auth-mcp-grafana-2.1.1", "no token", .authRequired, token: false),
      wall("auth-mcp-grafana-2.1.1", "bad token", .authInvalid),
      wall("auth-mcp-grafana-2.1.1", "good token", .ok),
      RecordedMoment(
        "idle-expired-404-mcp-1.30.0", .session, [.ping: "ping after expiry"], .ok,
        warnings: [.sessionReinit]),
      RecordedMoment(
        "max-sessions-503-mcp-1.30.0", .unknown, [.initialize: "second initialize"], .unavailable,
        code: -32603, at: .initialize),
      RecordedMoment(
        "max-sessions-503-mcp-1.30.0", .session,
        [.ping: "ping on the first session still answers"], .ok),
      RecordedMoment(
        "mcp-1.9.4-delete-kills-server", .unknown,
        [.initialize: "a new initialize, 1 s after the DELETE"], .http5xx, at: .initialize),
      RecordedMoment(
        "mcp-1.9.4-redirect", .unknown, [.discover: "redirect"], .ok, warnings: [.redirected]),
      RecordedMoment(
        "mcp-proxy-dead-backend", .session, [.ping: "ping, child dead"], .ok),
      RecordedMoment(
        "mcp-proxy-dead-backend", .unknown,
        [.initialize: "initialize, child dead", .toolsList: "tools/list, child dead"],
        .jsonrpcError, code: 0, at: .toolsList),
      RecordedMoment(
        "modern-log-notification-mcp-2.3.0", .stateless,
        [.toolsList: "modern tools/list with logLevel"], .ok),
      RecordedMoment(
        "modern-log-notification-mcp-2.3.0", .stateless,
        [.toolsList: "modern tools/list without logLevel"], .ok),
      RecordedMoment(
        "modern-slow-17s-mcp-2.3.0", .stateless, [.toolsList: "modern tools/list"], .ok),
      RecordedMoment(
        "modern-subscriptions-listen-mcp-2.3.0", .stateless, [.toolsList: "subscriptions/listen"],
        .timeoutBody, at: .toolsList),
      RecordedMoment(
        "not-mcp-http-server", .unknown, [.discover: "server/discover"], .http5xx, at: .discover),
      RecordedMoment(
        "not-mcp-http-server", .unknown, [.initialize: "initialize"], .http5xx, at: .initialize),
      RecordedMoment(
        "not-mcp-http-server", .unknown, [.discover: "GET", .initialize: "GET"], .notMCP,
        at: .initialize),
      RecordedMoment(
        "not-mcp-http-server", .unknown,
        [.discover: "GET 404", .initialize: "GET 404", .sseOpen: "GET 404"], .notFound,
        at: .initialize),
    ]
    + ["1.12.4", "1.30.0", "2.3.0"].map {
      RecordedMoment(
        "restart-session-lost-mcp-\($0)", .session, [.ping: afterRestart], .ok,
        warnings: [.sessionReinit])
    } + [
      RecordedMoment(
        "sse-closed-before-response-mcp-1.30.0", .unknown, introduction, .sseClosed,
        at: .toolsList),
      RecordedMoment(
        "sse-priming-notification-serverrequest-mcp-1.30.0", .unknown, introduction, .ok),
      RecordedMoment("sse-slow-17s-mcp-1.30.0", .unknown, introduction, .ok),
    ]
}

/// The recordings of real servers, played to the script.
@Suite("Recorded answers", .enabled(if: Recording.areHere, Recording.absence))
struct RecordedTests {
  @Test("are understood in any cut", arguments: RecordedMoment.all)
  func understood(moment: RecordedMoment) async throws {
    let recording = try Recording(moment.name)
    let answers = try moment.answers.mapValues { try exchange($0, of: recording) }
    var target = ProbeTarget(url: "http://127.0.0.1:18102/mcp")
    if moment.hasToken {
      target.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer key"), isCredential: true)
      ]
    }
    let longest = answers.values.map(\.reply.body.count).max() ?? 1
    for chunk in 1...max(1, longest) {
      await Task.yield()
      var rest = answers
      let fallback = Fallback(moment.start)
      let server = ScriptedServer(chunk: chunk) { request in
        rest.removeValue(forKey: request.stage)?.reply(to: request.id) ?? fallback.reply(request)
      }
      let purpose: ProbePurpose = moment.answers[.toolsList] == nil ? .liveness : .catalogue
      let result = try run(server, fallback.memory, purpose, target: target, after: 60).result
      guard result.outcome == moment.outcome, result.warnings == moment.warnings,
        result.jsonrpcCode == moment.code, result.stage == moment.stage
      else {
        Issue.record("at \(chunk) bytes a time: \(result)")
        return
      }
    }
  }

  /// One recording is an answer alone, without a title.
  private func exchange(_ title: String, of recording: Recording) throws -> Recording.Exchange {
    if title != "redirect" { return try recording.exchange(title) }
    let data = try #require(SharedCases.data("\(Recording.directory)/mcp-1.9.4-redirect.txt"))
    let file = Array("\n##### redirect\n".utf8) + Array("\n".utf8) + data
    return try #require(Recording(bytes: file).exchanges.first)
  }

  /// A server that answers as one does, from what was known of it.
  private final class Fallback {
    private let start: RecordedMoment.Start
    private let legacy = LegacyServer()
    let memory: ServerMemory

    init(_ start: RecordedMoment.Start) {
      self.start = start
      legacy.capabilities = #"{"tools":{}}"#
      var memory = ServerMemory()
      if start == .session {
        memory = OutcomeTests.memory()
        memory.sessionID = "session-1"
      }
      self.memory = memory
    }

    func reply(_ request: ProbeRequest) -> Reply {
      guard start == .stateless else {
        return request.stage == .toolsList
          ? Say.result(request.id ?? 0, #"{"tools":[]}"#) : legacyReply(request)
      }
      return request.stage == .discover ? Say.discovered : list(request)
    }

    private func legacyReply(_ request: ProbeRequest) -> Reply {
      switch request.stage {
      // A session that was recorded is taken like our own.
      case .initialized: Say.accepted
      case .ping: Say.result(request.id ?? 0)
      default: legacy.answer(request)
      }
    }

    private func list(_ request: ProbeRequest) -> Reply {
      let lists = #"{"prompts":[],"resources":[],"resourceTemplates":[]}"#
      return Say.result(request.id ?? 0, lists)
    }
  }

  @Test("every file is in one of the tables")
  func complete() throws {
    let directory = SharedCases.root.appending(path: Recording.directory)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    let recorded = files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }
    let listed = RecordedServer.all.map(\.name) + RecordedMoment.all.map(\.name)
    #expect(Set(recorded) == Set(listed))
    #expect(recorded.count == 33)
  }
}

/// Streams made by hand: what is legal and rare.
@Suite("Streams made by hand", .enabled(if: Recording.areHere, Recording.absence))
struct HandMadeStreamTests {
  private struct Case: Decodable {
    var name: String
    var body: String
    var expect: [String: Int]?
  }
  private struct File: Decodable { var cases: [Case] }
  private struct Message: Decodable {
    var id: Int?
    var result: [String: Int]?
    var method: String?
  }

  @Test("give the one response in any cut")
  func responses() throws {
    let name = "\(Recording.directory)/SYNTHETIC-sse-edge-cases.json"
    let data = try #require(SharedCases.data(name))
    let cases = try JSONDecoder().decode(File.self, from: data).cases
    #expect(cases.count == 9)
    for one in cases {
      let body = Array(one.body.utf8)
      // The next request of this session has the id that the streams answer.
      var memory = OutcomeTests.memory()
      memory.lastRequestID = 6
      for chunk in 1...body.count {
        let server = ScriptedServer(chunk: chunk) { _ in
          Reply(200, "text/event-stream", one.body)
        }
        let result = try run(server, memory).result
        let expected = one.expect == nil ? ProbeOutcome.sseClosed : .ok
        #expect(result.outcome == expected, "\(one.name), \(chunk) bytes a time")
        #expect(found(in: body, chunk) == one.expect, "\(one.name), \(chunk) bytes a time")
      }
    }
  }

  /// The result of request 7, as the events of the stream have it.
  private func found(in body: [UInt8], _ chunk: Int) -> [String: Int]? {
    var parser = EventStreamParser(limit: 4096)
    var events: [[UInt8]] = []
    for start in stride(from: 0, to: body.count, by: chunk) {
      let piece = body.span.extracting(start..<min(start + chunk, body.count))
      var position = 0
      while let event = parser.next(in: piece, from: &position) { events.append(event) }
    }
    if let last = parser.finish() { events.append(last) }
    for event in events {
      let data = Data(event)
      let decoder = JSONDecoder()
      let messages =
        (try? decoder.decode([Message].self, from: data))
        ?? (try? decoder.decode(Message.self, from: data)).map { [$0] } ?? []
      if let answer = messages.first(where: { $0.id == 7 && $0.method == nil }) {
        return answer.result
      }
    }
    return nil
  }
}
