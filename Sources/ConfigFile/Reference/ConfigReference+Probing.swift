import Agent
import Breaking
import MCPWire

extension ConfigReference {
  /// What concerns MCPs.
  static var probingSections: [ReferenceSection] { [breaker, mcps, checks] }

  private static var breaker: ReferenceSection {
    let breaker = Breaker.Settings()
    return ReferenceSection(
      "circuit_breaker", at: "circuit_breaker", "mcps[].circuit_breaker",
      says: """
        At the top of the file for all MCPs, in one of them for it alone. Unset there, it is as at \
        the top; values in Postgres go between the two.
        """,
      keys: [
        .key("enabled", unset: .of(breaker.enabled), means: "Whether there is a circuit."),
        .key(
          "failure_threshold", unset: .of(breaker.failureThreshold),
          means: "Failures in a row that open it."),
        .key(
          "recovery_timeout", unset: .of(breaker.recoveryTimeout),
          means: "From the opening to the first trial; at most `backoff.max`."),
        .key(
          "backoff.multiplier", unset: .of(breaker.backoff.multiplier),
          means: "How much longer the wait is after each failed trial."),
        .key(
          "backoff.max", unset: .of(breaker.backoff.max),
          means: "The longest wait; a server's `Retry-After` may ask for up to an hour."),
        .key(
          "backoff.jitter", unset: .of(breaker.backoff.jitter),
          means: "The share of a wait, at most, by which it is lengthened at random."),
        .key(
          "half_open_max_calls", unset: .of(breaker.halfOpenMaxCalls),
          means: "Failed trials, one after another, until it opens again."),
        .key(
          "success_threshold", unset: .of(breaker.successThreshold),
          means: "Successful trials in a row that close it."),
        .key(
          "max_failure_cycles", unset: .of(breaker.maxFailureCycles),
          means: "Openings that disable the MCP; 0 is never."),
        .key(
          "healthy_period", unset: .of(breaker.healthyPeriod),
          means: "Being up for so long forgets the openings."),
      ])
  }

  private static var mcps: ReferenceSection {
    let mcp = MCPSettings(name: "", target: ProbeTarget(url: ""))
    return ReferenceSection(
      "mcps", at: "mcps[]", says: "What a probe does is in [probing](probing.md).",
      keys: [
        .key("name", means: "The value of the label `mcp`; no other MCP has it."),
        .key("url", means: "Where the server is; without credentials and fragment."),
        .key("description", means: "For people: on the page and in the API."),
        .key("enabled", unset: .of(mcp.enabled), means: "Whether it is probed."),
        .key("labels", means: "Labels of every series of this MCP."),
        .key(
          "transport", unset: .of(mcp.target.transport),
          means: "`http` never looks for the transport of 2024-11-05, `sse` speaks nothing else."),
        .key("probe.interval", unset: .words("`global.probe_interval`"), means: "How often."),
        .key(
          "probe.timeout", unset: .words("`global.probe_timeout`, or the interval if shorter"),
          means: "A probe has ended by then. At most the interval."),
        .key(
          "probe.depth", unset: .of(mcp.depth),
          means: "With `catalogue` every probe lists tools, prompts and resources."),
        .key(
          "catalogue_interval", unset: .of(mcp.catalogueInterval ?? .zero),
          means: "How often an MCP of depth `liveness` is listed all the same; 0 is never."),
        .key("circuit_breaker", means: "Its own circuit breaker."),
        .key(
          "expect_auth", unset: .of(ConfigFile.ExpectAuth.none),
          means: "`required`: 401 with a challenge is up, anything else `assertion_failed`."),
        .key("http", means: "How it is spoken to, credentials among it."),
        .key("checks", means: "Calls of tools, when the catalogue is listed."),
      ])
  }

  private static var checks: ReferenceSection {
    let check = ToolCheck(name: "", tool: "")
    return ReferenceSection(
      "checks", at: "mcps[].checks[]",
      says: "A check judges the tool, not the server. All of `expect` must be true of the result.",
      keys: [
        .key(
          "name", unset: .words("the first 100 characters of `tool`"),
          means: "The value of the label `check`; no other check of the MCP has it."),
        .key("tool", means: "The tool to call."),
        .key("arguments", unset: .of(check.arguments), means: "What it is called with."),
        .key(
          "expect.is_error", unset: .of(check.expectation.isError),
          means: "The result's `isError`."),
        .key("expect.pointer", means: "A place in the result (RFC 6901) that must be there."),
        .key(
          "expect.matches",
          means: "Found in the value at `pointer`, or in the text of the result without one."),
        .key("expect.max_duration", means: "The longest that the call may take."),
      ])
  }
}
