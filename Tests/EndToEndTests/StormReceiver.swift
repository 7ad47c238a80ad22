import Foundation
import Signals
import Synchronization
import TestSupport

/// One time that an alert fires: of which MCP, and since when.
struct Episode: Hashable, Decodable, Sendable {
  var mcp: String
  /// Unix milliseconds.
  var startsAt: Int64
}

/// A webhook, a chat and an Alertmanager in one server, which answers with random faults until it
/// is calm, and remembers what it was sent and what it took.
final class StormReceiver: Sendable {
  enum Kind: String, CaseIterable { case hook, chat, push }

  /// What a message says of one alert.
  struct Telling: Hashable, Sendable {
    var episode: Episode
    var fires: Bool
  }

  struct Try: Sendable {
    var kind: Kind
    /// Of the agent: the second part of the URL.
    var life: Int
    var key: String
    var body: [UInt8]
    var tellings: [Telling]
    /// The receiver has it, whether the sender knows or not.
    var isTaken = false
    /// With 200.
    var isAnswered = false
  }

  /// The template of the chat's text: `firing a-01 1700000000000;`.
  static let chatText =
    "{{ range .Alerts }}{{ .Status }} {{ .Labels.mcp }} {{ .StartsAt.UnixMilli }};{{ end }}"

  private struct State: Sendable {
    var dice: SeededRandom
    var isCalm = false
    var tries: [Try] = []
    var firing: [Kind: [String: Episode]] = [:]
    var ended: [Kind: [String: Set<Episode>]] = [:]
    /// When a message of the outbox came last.
    var lastAt = MonotonicInstant(nanoseconds: 0)
    /// What the next try sets off, before it is answered.
    var trap: (@Sendable () -> Void)?
  }

  private final class Memory: Sendable {
    let state: Mutex<State>
    init(seed: UInt64) { state = Mutex(State(dice: SeededRandom(seed: seed))) }
  }

  private let memory: Memory
  private let receiver: ScriptedReceiver

  init(seed: UInt64) {
    let memory = Memory(seed: seed)
    self.memory = memory
    receiver = ScriptedReceiver { request in
      guard var attempt = Self.read(request) else { return .status(404) }
      let (answer, trap) = memory.state.withLock { state in
        let answer = state.isCalm ? .status(200) : Self.answer(&state.dice, attempt.kind)
        switch answer {
        case .status(200, _, _): (attempt.isTaken, attempt.isAnswered) = (true, true)
        case .lost: attempt.isTaken = true
        default: break
        }
        Self.note(attempt, at: request.arrivedAt, in: &state)
        return (answer, state.trap.take())
      }
      trap?()
      return answer
    }
  }

  func url(_ kind: Kind, life: Int) -> String {
    "http://127.0.0.1:\(receiver.port)/\(kind.rawValue)/\(life)"
  }

  /// In order of arrival.
  var tries: [Try] { memory.state.withLock { $0.tries } }

  /// Whether each of these was told that the MCP's alert fires, and not yet that it has ended.
  func areTold(_ mcp: String, _ kinds: [Kind]) -> Bool {
    memory.state.withLock { state in kinds.allSatisfy { state.firing[$0]?[mcp] != nil } }
  }

  /// How many ends of the MCP's alert each of these was told of.
  func ends(of mcp: String, _ kinds: [Kind]) -> [Int] {
    memory.state.withLock { state in kinds.map { state.ended[$0]?[mcp]?.count ?? 0 } }
  }

  /// How long no message of the outbox has come.
  var quiet: Duration {
    let now = MonotonicInstant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds))
    return memory.state.withLock { $0.lastAt.duration(to: now) }
  }

  /// From now on everything is taken, and said to be.
  func calm() { memory.state.withLock { $0.isCalm = true } }

  /// Sets off `action` at the next try, before it is answered; `nil` at none.
  func atNextTry(_ action: (@Sendable () -> Void)?) { memory.state.withLock { $0.trap = action } }

  private static func note(_ attempt: Try, at instant: MonotonicInstant, in state: inout State) {
    if attempt.kind != .push { state.lastAt = instant }
    state.tries.append(attempt)
    guard attempt.isTaken else { return }
    for telling in attempt.tellings {
      let episode = telling.episode
      if telling.fires {
        state.firing[attempt.kind, default: [:]][episode.mcp] = episode
      } else {
        state.firing[attempt.kind]?[episode.mcp] = nil
        state.ended[attempt.kind, default: [:]][episode.mcp, default: []].insert(episode)
      }
    }
  }

  /// The chat has one lane, which a receiver that hangs would hold up for long.
  private static func answer(
    _ dice: inout SeededRandom, _ kind: Kind
  ) -> ScriptedReceiver.Answer {
    switch Int.random(in: 0..<20, using: &dice) {
    case 0: .status(503)
    case 1: .status(429, headers: ["Retry-After: 1"])
    case 2: .status(500)
    case 3: .reset
    case 4: .lost
    case 5 where kind != .chat: .hang
    default: .status(200)
    }
  }
}

// MARK: - Reading

extension StormReceiver {
  private static func read(_ request: ScriptedReceiver.Request) -> Try? {
    let path = request.line.split(separator: " ").dropFirst().first ?? ""
    let parts = path.split(separator: "/")
    guard let kind = parts.first.flatMap({ Kind(rawValue: String($0)) }) else { return nil }
    let body = (try? JSONDecoder().decode(JSON.self, from: Data(request.body))) ?? .null
    return Try(
      kind: kind, life: parts.dropFirst().first.flatMap { Int($0) } ?? -1,
      key: request.idempotencyKey ?? "", body: request.body, tellings: tellings(of: body, kind))
  }

  private static func tellings(of body: JSON, _ kind: Kind) -> [Telling] {
    switch kind {
    case .hook:
      body["alerts"].array.map { telling(of: $0, fires: $0["status"].string == "firing") }
    case .push:
      body.array.map { alert in
        let isOver = instant(alert["endsAt"].string) <= Date().timeIntervalSince1970
        return telling(of: alert, fires: !isOver)
      }
    case .chat:
      (body["attachments"].array.first?["text"].string ?? "").split(separator: ";").compactMap {
        let words = $0.split(separator: " ")
        guard words.count == 3, let startsAt = Int64(words[2]) else { return nil }
        let episode = Episode(mcp: String(words[1]), startsAt: startsAt)
        return Telling(episode: episode, fires: words[0] == "firing")
      }
    }
  }

  private static func telling(of alert: JSON, fires: Bool) -> Telling {
    let startsAt = (instant(alert["startsAt"].string) * 1000).rounded()
    return Telling(
      episode: Episode(
        mcp: alert["labels"]["mcp"].string ?? "", startsAt: Int64(exactly: startsAt) ?? 0),
      fires: fires)
  }
}
