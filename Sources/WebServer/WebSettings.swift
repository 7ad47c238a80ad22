/// What the web server needs to know. The defaults are the product's.
package struct WebSettings: Sendable {
  /// At least one.
  package var listen: [ListenAddress]
  /// Whether `POST /-/reload` and `/-/quit` do what they say.
  package var enableLifecycle = false
  /// Whether `POST /debug/coordinator/...` does what it says.
  package var enableFaultInjection = false
  /// `nil`: plain HTTP, and no users.
  package var config: WebConfigWatch?
  /// By which it may be asked for, besides addresses and `localhost`.
  package var hostNames: [String] = []
  package var bounds = WebBounds()

  package init(listen: [ListenAddress] = [.standard]) { self.listen = listen }
}

/// The bounds of every request and connection. Tests make them small.
package struct WebBounds: Sendable {
  /// Of a head: request line and header fields together.
  package var headBytes = 16 << 10
  package var urlBytes = 8 << 10
  package var bodyBytes = 64 << 10
  /// Open at once, over all listeners; one more is answered 503 and closed.
  package var connections = 256
  /// When as many are open, the one on which nothing has been under way longest gives way to a new
  /// one, if that is as long as this.
  package var leastRest: Duration = .seconds(1)
  /// Open besides while they are being refused; others wait in the kernel's queue.
  package var refusals = 16
  /// Pages that wait to be sent hold at most about this; further ones are answered 503.
  package var pageBytes = 256 << 20
  /// Of one answer of the query API, before compression; one that is larger is an error.
  package var resultBytes = 64 << 20
  /// From a query's arrival to its answer, waiting for a thread included.
  package var queryTimeout: Duration = .seconds(120)
  package var queries = QueryThreads.Bounds()
  /// From a connection's opening, or a request's first byte, to the end of its head.
  package var headTimeout: Duration = .seconds(10)
  /// From the end of a head to the end of its body.
  package var bodyTimeout: Duration = .seconds(10)
  /// A peer that takes no byte of a response for this long is cut.
  package var stallTimeout: Duration = .seconds(10)
  /// From a response's head to the socket having taken its last byte.
  package var responseTimeout: Duration = .seconds(120)
  /// From the last byte of a connection's last response to its end, if the peer does not end it.
  package var lingerTimeout: Duration = .seconds(2)
  /// Between two requests.
  package var idleTimeout: Duration = .seconds(60)
  /// What a graceful shutdown gives requests under way.
  package var drainTimeout: Duration = .milliseconds(1500)

  package init() {}
}
