import PromQL
import Signals

/// Bounds of the silences.
package struct SilenceLimits: Equatable, Sendable {
  package var silences = 10_000
  /// How long one is kept after its end.
  package var retention: Duration = .seconds(120 * 3600)
  package var matchers = 100
  /// Of one matcher's name or value, in bytes.
  package var matcherBytes = 4096
  package var creatorBytes = 1024
  package var commentBytes = 16_384
  package var annotations = 100
  /// Of one annotation's name or value, in bytes.
  package var annotationBytes = 4096
  /// Alerts of which is remembered what silences pick them.
  package var knownAlerts = 200_000

  package init() {}

  /// Refuses what no silence may be.
  func check(_ silence: Silence, at now: Timestamp) throws(SilenceProblem) {
    guard !silence.matchers.isEmpty else { throw .invalid("at least one matcher is required") }
    guard silence.matchers.contains(where: { !$0.matches("") }) else {
      throw .invalid("at least one matcher must not match the empty string")
    }
    guard silence.startsAt < silence.endsAt else {
      throw .invalid("the start must be before the end")
    }
    guard silence.endsAt >= now else { throw .invalid("the end is in the past") }
    guard silence.matchers.count <= matchers else { throw .invalid("over \(matchers) matchers") }
    for matcher in silence.matchers {
      guard !matcher.label.isEmpty else { throw .invalid("a matcher without the name of a label") }
      guard max(matcher.label.utf8.count, matcher.value.utf8.count) <= matcherBytes else {
        throw .invalid("a matcher of over \(matcherBytes) bytes")
      }
    }
    guard silence.createdBy.utf8.count <= creatorBytes else {
      throw .invalid("createdBy has over \(creatorBytes) bytes")
    }
    guard silence.comment.utf8.count <= commentBytes else {
      throw .invalid("comment has over \(commentBytes) bytes")
    }
    guard silence.annotations.count <= annotations else {
      throw .invalid("over \(annotations) annotations")
    }
    for annotation in silence.annotations
    where max(annotation.name.utf8.count, annotation.value.utf8.count) > annotationBytes {
      throw .invalid("an annotation of over \(annotationBytes) bytes")
    }
  }
}

/// Why a silence is not set or ended.
package enum SilenceProblem: Error, Equatable, Sendable, CustomStringConvertible {
  case notFound
  case alreadyExpired
  case tooMany(Int)
  case invalid(String)

  package var description: String {
    switch self {
    case .notFound: "no silence of this id"
    case .alreadyExpired: "the silence has ended already"
    case .tooMany(let limit): "there are \(limit) silences, and no more are taken"
    case .invalid(let reason): reason
    }
  }
}
