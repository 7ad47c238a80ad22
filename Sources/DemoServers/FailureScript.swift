/// What the server `orders` does when: a table that repeats, so that a circuit is seen to open and
/// to close again.
package enum FailureScript {
  package enum Behaviour: Equatable, Sendable {
    case answers
    /// 503 to everything.
    case unavailable
    /// Takes the request and closes the connection.
    case closesConnection
    /// 500 to everything.
    case serverError
  }

  package static let phases: [(length: Duration, behaviour: Behaviour)] = [
    (.seconds(20), .answers), (.seconds(25), .unavailable), (.seconds(5), .closesConnection),
    (.seconds(5), .serverError), (.seconds(20), .answers),
  ]

  package static var period: Duration { phases.reduce(.zero) { $0 + $1.length } }

  /// The behaviour `elapsed` after the start. (The period is a whole number of seconds.)
  package static func behaviour(at elapsed: Duration) -> Behaviour {
    let (seconds, attoseconds) = max(elapsed, .zero).components
    var left = Duration(
      secondsComponent: seconds % period.components.seconds, attosecondsComponent: attoseconds)
    for phase in phases {
      if left < phase.length { return phase.behaviour }
      left -= phase.length
    }
    return .answers
  }
}
