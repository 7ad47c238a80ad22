package import Signals

/// Who asks over HTTP.
package struct Caller: Equatable, Sendable {
  /// The name of the user; `nil`: nobody has said who they are, since there are no users.
  package var user: String?
  /// The address of the peer, without the port.
  package var address: String

  package init(user: String?, address: String) {
    self.user = user
    self.address = address
  }

  /// Whoever sends the process a signal: its kernel does not say more of them.
  package static let signal = Caller(user: nil, address: "signal")

  /// For the data of an event.
  package var labels: [Label] {
    let user = user.map { [Label(name: "user", value: Self.shown($0))] } ?? []
    return user + [Label(name: "address", value: Self.shown(address))]
  }

  /// Characters that are kept of a text that somebody has sent.
  package static let charactersMax = 100

  /// A text that somebody has sent, as events and log lines have it: cut, without characters that
  /// a terminal would obey.
  package static func shown(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(charactersMax) {
      shown.append(isPlain(scalar) ? scalar : "?")
    }
    return String(shown)
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
