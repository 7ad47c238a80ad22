/// Something that was waited for and did not come.
package struct Overdue: Error, CustomStringConvertible {
  package var what: String
  package var limit: Duration
  package var last: String

  package var description: String {
    "not within \(limit): \(what)" + (last.isEmpty ? "" : "; last seen: \(last)")
  }
}

/// Asks until there is an answer that is not nil. An error of `ask` means "not yet"; when time is
/// over the last one is told. This is the only place of the tests where time passes by itself.
@discardableResult
package func eventually<Answer>(
  _ what: String, within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(25),
  isolation: isolated (any Actor)? = #isolation, _ ask: () async throws -> Answer?
) async throws -> Answer {
  let clock = ContinuousClock()
  let end = clock.now + limit
  var last = ""
  while true {
    do {
      if let answer = try await ask() { return answer }
      last = ""
    } catch {
      last = "\(error)"
    }
    guard clock.now < end else { throw Overdue(what: what, limit: limit, last: last) }
    try await Task.sleep(for: pause)
  }
}

/// `eventually` for what is only true or not yet true.
package func until(
  _ what: String, within limit: Duration = .seconds(120), every pause: Duration = .milliseconds(25),
  isolation: isolated (any Actor)? = #isolation, _ holds: () async throws -> Bool
) async throws {
  try await eventually(what, within: limit, every: pause, isolation: isolation) {
    try await holds() ? true : nil
  }
}
