import Agent
import Testing
import PostgresLink
import Signals
import TestSupport
import Threading

/// What the tests of the link do with a server.
struct Link: Sendable {
  let interrupt: Interrupt
  let cancels = CancelThread()
  let names = NameThread()

  init() throws { interrupt = try #require(Interrupt()) }

  func open(_ url: String) throws(LinkError) -> Connection {
    try Connection.open(
      ConnectionTarget(url: Secret(url)), interrupt: interrupt, cancels: cancels, names: names)
  }
}

extension Connection {
  func execute(_ sql: String, within time: Duration = .seconds(30)) throws(LinkError) -> Rows {
    try execute(Statement(sql), within: time)
  }
}

/// The error of `body`.
func failure(_ body: () throws(LinkError) -> Void) -> LinkError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}
