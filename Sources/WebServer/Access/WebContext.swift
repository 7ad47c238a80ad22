import HTTPTypes
import Hummingbird
import NIOCore
import Signals

/// What is known of a request besides itself.
struct WebContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let client: ClientAddress

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    client = ClientAddress(source.channel.remoteAddress?.ipAddress ?? "")
  }
}

/// The other end of a connection.
package struct ClientAddress: Equatable, Sendable {
  /// Without the port; one of version 4 as such, though it came by a socket of version 6.
  package let text: String
  /// Whether it is on this machine.
  package let isLoopback: Bool
  /// What one peer may have many addresses of: the /64 of version 6.
  package let network: String

  package init(_ text: String) {
    let known = IPAddress(String(text.prefix { $0 != "%" }))
    self.text = known.map { "\($0)" } ?? text
    let isV6 = known.map { !$0.isV4 } ?? false
    let high = known.map { Array($0.bytes.prefix(8)) } ?? []
    network = isV6 ? "\(high)" : self.text
    isLoopback = known.map { $0.isV4 ? $0.bytes[0] == 127 : $0 == Self.loopback } ?? false
  }

  private static let loopback = IPAddress("::1")
}
