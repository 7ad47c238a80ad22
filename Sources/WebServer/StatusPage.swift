import Agent
import Breaking
import MCPWire
import Signals

/// `GET /`: one table of all MCPs, complete without a script. Each outside value goes through
/// `HTMLText` here and nowhere else.
enum StatusPage {
  static func html(of snapshot: AgentSnapshot) -> String {
    var page = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="refresh" content="5">
      <title>Breakwater</title>
      <link rel="icon" href="data:,">
      <link rel="stylesheet" href="/style.css">
      </head>
      <body>
      <header>
      <h1>Breakwater</h1>
      <nav><a href="/metrics">Metrics</a> <a href="/api/v1/mcps">JSON</a> \
      <a href="/api/v1/recovery-queue">Recovery queue</a></nav>
      </header>
      <main>
      <p class="summary">\(summary(snapshot.mcps))\(waiting(snapshot))</p>

      """
    page += snapshot.mcps.isEmpty ? nothing : table(snapshot)
    page += """
      </main>
      <footer><p>As of \(clock(snapshot.at)). \(version(snapshot.agent))</p></footer>
      </body>
      </html>

      """
    return page
  }

  private static let nothing = """
    <p>No MCP is configured. Add one under <code>mcps:</code> in the configuration file.</p>

    """

  private static func summary(_ mcps: [MCPStatus]) -> String {
    let counts = HealthStatus.allCases.compactMap { status in
      let count = mcps.count { $0.health == status }
      return count == 0 ? nil : "<b>\(count)</b> \(status.words)"
    }
    let total = "<b>\(mcps.count)</b> \(mcps.count == 1 ? "MCP" : "MCPs")"
    return counts.isEmpty ? total : "\(total): \(counts.joined(separator: ", "))"
  }

  /// How many wait for a trial, and when the next one is.
  private static func waiting(_ snapshot: AgentSnapshot) -> String {
    let queue = snapshot.recoveryQueue
    guard let next = queue.first else { return "" }
    let wait = time(next.retryAt, shown: wait(until: next.retryAt, from: snapshot.at))
    return "; <b>\(queue.count)</b> to be tried again, the next \(wait)"
  }

  private static func wait(until retry: Timestamp, from now: Timestamp) -> String {
    let left = now.duration(to: retry)
    return left > .zero ? "in \(left.rough)" : "now"
  }

  private static func version(_ agent: AgentHealth) -> String {
    agent.version.isEmpty ? "" : "Breakwater \(HTMLText(agent.version))."
  }

  private static func table(_ snapshot: AgentSnapshot) -> String {
    var table = """
      <table>
      <thead>
      <tr><th scope="col">Name and URL</th><th scope="col">Status</th><th scope="col">Circuit</th>\
      <th scope="col" class="number">Tools</th><th scope="col" class="number">Prompts</th>\
      <th scope="col" class="number">Resources</th><th scope="col">Last probe</th>\
      <th scope="col">Reason</th></tr>
      </thead>
      <tbody>

      """
    for mcp in snapshot.mcps { table += row(mcp, at: snapshot.at) }
    return table + "</tbody>\n</table>\n"
  }

  private static func row(_ mcp: MCPStatus, at now: Timestamp) -> String {
    """
    <tr class="\(mcp.health.rawValue)">
    \(name(mcp))
    <td data-label="Status"><span class="badge">\(mcp.health.words)</span></td>
    <td data-label="Circuit">\(circuit(mcp, at: now))</td>
    \(counts(mcp))
    <td data-label="Last probe">\(lastProbe(mcp.lastProbe, at: now))</td>
    <td data-label="Reason">\(reason(mcp))</td>
    </tr>

    """
  }

  private static func name(_ mcp: MCPStatus) -> String {
    let about = mcp.description
    var cell = "<th scope=\"row\"><bdi class=\"name\">\(HTMLText(about.name))</bdi>"
    if !about.description.isEmpty {
      cell += "<bdi class=\"about\">\(HTMLText(about.description))</bdi>"
    }
    return cell + "<bdi class=\"url\">\(HTMLText(about.url))</bdi></th>"
  }

  private static func circuit(_ mcp: MCPStatus, at now: Timestamp) -> String {
    guard mcp.circuitEnabled else { return "off" }
    guard mcp.isEnabled, mcp.circuit == .open, let retry = mcp.retryAt else {
      return mcp.circuit.words
    }
    let retryTime = time(retry, shown: wait(until: retry, from: now))
    return "\(mcp.circuit.words)<small>retry \(retryTime)</small>"
  }

  private static func counts(_ mcp: MCPStatus) -> String {
    if let word = mcp.insteadOfCounts {
      let last = mcp.catalogue.map { "<small>last: \($0.words)</small>" } ?? ""
      return "<td colspan=\"3\" class=\"none\" data-label=\"Offers\">\(word)\(last)</td>"
    }
    let counts = [
      ("Tools", mcp.catalogue?.tools), ("Prompts", mcp.catalogue?.prompts),
      ("Resources", mcp.catalogue?.resources),
    ]
    return counts.map { label, count in
      let shown = count.map(String.init) ?? "–"
      return "<td class=\"number\" data-label=\"\(label)\">\(shown)</td>"
    }.joined()
  }

  private static func lastProbe(_ probe: LastProbe?, at now: Timestamp) -> String {
    guard let probe else { return "never" }
    let ago = "\(probe.at.duration(to: now).rough) ago"
    return "\(time(probe.at, shown: ago))<small>took \(probe.duration.rough)</small>"
  }

  private static func reason(_ mcp: MCPStatus) -> String {
    if !mcp.isEnabled, mcp.enabledByHand == false { return "disabled by hand" }
    if let why = mcp.disabledReason { return "<bdi>\(HTMLText(why))</bdi>" }
    guard let probe = mcp.lastProbe else { return "" }
    let outcome = "<code>\(probe.outcome.rawValue)</code>"
    return probe.detail.isEmpty ? outcome : "\(outcome) <bdi>\(HTMLText(probe.detail))</bdi>"
  }

  private static func time(_ instant: Timestamp, shown: String) -> String {
    "<time datetime=\"\(instant.rfc3339)\" title=\"\(instant.rfc3339)\">\(shown)</time>"
  }

  private static func clock(_ instant: Timestamp) -> String {
    let text = instant.rfc3339
    let shown = text.prefix { $0 != "." }.map { $0 == "T" ? " " : String($0) }.joined()
    return "<time datetime=\"\(text)\">\(shown) UTC</time>"
  }
}
