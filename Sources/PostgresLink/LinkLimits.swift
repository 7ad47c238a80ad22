/// How long the link waits, for what, and how often it looks.
package struct LinkLimits: Equatable, Sendable {
  /// For an answer. The server ends a statement itself a sixth of it earlier.
  package var answer = Duration.seconds(30)
  /// For a lock that another session holds.
  package var lock = Duration.seconds(5)
  /// Between connections that fail, at first and at most.
  package var firstPause = Duration.milliseconds(500)
  package var longestPause = Duration.seconds(30)
  /// Between looks at the tables, however often they are told to have changed.
  package var lookSpacing = Duration.milliseconds(200)

  package init() {}

  var statement: Duration { answer * 5 / 6 }
}
