package import Breaking

/// What one MCP says of its probes and its breaker; `nil` is left to `ProbeDefaults`.
package struct OwnSettings: Equatable, Sendable {
  package var interval: Duration?
  package var timeout: Duration?
  package var breaker = Breaker.Patch()

  package init() {}
}

/// What MCPs take over when they do not say otherwise.
package struct ProbeDefaults: Equatable, Sendable {
  package var interval: Duration = .seconds(30)
  /// `nil`: the smaller of 10 s and an MCP's interval.
  package var timeout: Duration?
  package var breaker = Breaker.Settings()

  package init() {}

  /// Sets interval, timeout and breaker of an MCP that says `own` itself.
  ///
  /// A timeout that is taken over counts as far as the interval goes, as Prometheus does with an
  /// inherited scrape_timeout. That one of its own fits is checked where it is read.
  package func apply(to mcp: inout MCPSettings, saying own: OwnSettings) {
    mcp.interval = own.interval ?? interval
    mcp.timeout = min(own.timeout ?? timeout ?? GlobalSettings().probeTimeout, mcp.interval)
    mcp.breaker = breaker.patched(by: own.breaker)
  }
}
