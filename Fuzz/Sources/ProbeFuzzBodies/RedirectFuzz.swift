import CurlTransport
import MCPWire
import Signals

/// Redirects to anywhere: no request goes to an origin that is not the target's, as libcurl itself
/// understands the URL; nor to an endpoint that a stream of the old transport names.
public enum RedirectFuzz {
  private static let targets = [
    "http://mcp.test/mcp", "https://mcp.test/mcp", "http://mcp.test:8080/a/b?c=d",
    "http://[::1]:9/mcp", "https://10.0.0.1:8443/",
  ]

  /// What does not hold; nil when all does. The first byte chooses the target, the rest are places
  /// that it leads to, with a line end between.
  public static func problem(with bytes: [UInt8]) -> String? {
    guard let first = bytes.first else { return nil }
    let target = targets[Int(first) % targets.count]
    let places = bytes.dropFirst().split(separator: 0x0a, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    return followed(from: target, places) ?? named(from: target, places)
  }

  private static func followed(from target: String, _ places: [String]) -> String? {
    var script = ProbeScript(
      target: ProbeTarget(url: target), memory: ServerMemory(), purpose: .liveness,
      clientVersion: "1", now: MonotonicInstant(elapsed: .seconds(1_000_000)))
    for number in 0...ProbeScript.requestsMax {
      switch script.next() {
      case .finish: return nil
      case .wait: script.waitedInVain()
      case .send(let request), .open(let request):
        if let problem = strayed(to: request.url, from: target) { return problem }
        script.received(head: ResponseHead(status: 307 + number % 2))
        script.finished(.complete(redirectURL: places[number % places.count]))
      }
    }
    return "no end after \(ProbeScript.requestsMax) requests"
  }

  /// The places as endpoints that a stream of the old transport names.
  private static func named(from target: String, _ places: [String]) -> String? {
    for place in places {
      var script = ProbeScript(
        target: oldTarget(target), memory: ServerMemory(),
        purpose: .liveness, clientVersion: "1", now: MonotonicInstant(elapsed: .seconds(1_000_000)))
      guard case .open = script.next() else { return "no stream is opened" }
      var head = ResponseHead(status: 200)
      head.contentType = "text/event-stream"
      script.opened(head: head)
      _ = script.received(event: .endpoint(Array(place.utf8)))
      guard case .send(let request) = script.next() else { continue }
      if let problem = strayed(to: request.url, from: target) { return problem }
    }
    return nil
  }

  private static func oldTarget(_ url: String) -> ProbeTarget {
    var target = ProbeTarget(url: url)
    target.transport = .sse
    return target
  }

  private static func strayed(to url: String, from target: String) -> String? {
    guard let there = LibcurlOrigin(url), let here = LibcurlOrigin(target) else {
      return "libcurl does not read \(url)"
    }
    let isUpgrade =
      here.scheme == "http" && here.port == "80" && there.scheme == "https" && there.port == "443"
      && here.host == there.host
    return here == there || isUpgrade ? nil : "\(target) led to \(url), which is \(there)"
  }
}
