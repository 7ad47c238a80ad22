import Foundation
import Notifications
import Patterns
import PromQL
import Signals

/// The body of `POST /api/v2/silences`. Keys that are not known count for nothing.
struct SilenceBody: Decodable {
  fileprivate struct MatcherBody: Decodable {
    var name: String
    var value: String
    var isRegex: Bool
    var isEqual: Bool?
  }

  private var id: String?
  private var matchers: [MatcherBody]
  private var startsAt: String
  private var endsAt: String
  private var createdBy: String
  private var comment: String
  private var annotations: [String: String]?

  /// Compiles patterns: to be called on a thread for queries.
  static func silence(_ body: [UInt8]) throws(Problem) -> Silence {
    let decoded: SilenceBody
    do {
      decoded = try JSONDecoder().decode(SilenceBody.self, from: Data(body))
    } catch let error as DecodingError {
      throw .badData("bad silence: \(error.inWords)")
    } catch {
      throw .badData("bad silence: the body is not JSON")
    }
    return try decoded.silence()
  }

  private func silence() throws(Problem) -> Silence {
    var silence = Silence(
      id: id ?? "", matchers: [], startsAt: try Self.time(startsAt, "startsAt"),
      endsAt: try Self.time(endsAt, "endsAt"), updatedAt: Timestamp(milliseconds: 0),
      createdBy: createdBy, comment: comment)
    for (index, matcher) in matchers.enumerated() {
      do throws(PatternError) {
        silence.matchers.append(try matcher.matcher())
      } catch {
        throw .badData("invalid silence: invalid label matcher \(index): \(error.detail)")
      }
    }
    silence.annotations = (annotations ?? [:]).map { Label(name: $0.key, value: $0.value) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return silence
  }

  private static func time(_ text: String, _ key: String) throws(Problem) -> Timestamp {
    guard let time = RFC3339.timestamp(text) else {
      throw .badData("bad silence: \(key) is not a time as in 2026-11-22T10:00:00Z")
    }
    return time
  }
}

extension SilenceBody.MatcherBody {
  fileprivate func matcher() throws(PatternError) -> Matcher {
    let op: Matcher.Operator =
      switch (isRegex, isEqual ?? true) {
      case (false, true): .equal
      case (false, false): .notEqual
      case (true, true): .matches
      case (true, false): .doesNotMatch
      }
    return try Matcher(name, op, value, limits: .request)
  }
}

extension DecodingError {
  /// Which key is wrong, without what stood there.
  fileprivate var inWords: String {
    switch self {
    case .keyNotFound(let key, let context):
      "\(Self.path(context.codingPath + [key])) in body is required"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(Self.path(context.codingPath)) in body is of another type"
    default: "the body is not JSON"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    let path = keys.map { $0.intValue.map(String.init) ?? $0.stringValue }
    return path.isEmpty ? "what is" : path.joined(separator: ".")
  }
}
