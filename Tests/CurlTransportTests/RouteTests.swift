import CurlTransport
import Signals
import Testing

@Suite struct RouteTests {
  private func settings(serverName: String?, connectTo: String? = nil) -> HTTPSettings {
    var settings = HTTPSettings()
    settings.tls.serverName = serverName
    settings.connectTo = connectTo
    return settings
  }

  @Test func withoutAServerNameNothingIsRewritten() throws {
    let route = try #require(
      Route(to: "https://a:1/x?y", settings: settings(serverName: nil, connectTo: "a:1:b:2")))
    #expect(route.url == "https://a:1/x?y")
    #expect(route.connectTo == "a:1:b:2")
    #expect(route.hostHeader == nil)
  }

  @Test(
    arguments: [
      (
        "https://10.0.0.1/mcp?k=v", nil, "https://name/mcp?k=v", "name:443:10.0.0.1:443", "10.0.0.1"
      ),
      ("https://real:8443/", nil, "https://name:8443/", "name:8443:real:8443", "real:8443"),
      ("https://[::1]:1/", nil, "https://name:1/", "name:1:[::1]:1", "[::1]:1"),
      ("https://real/", "real:443:[::2]:9", "https://name/", "name:443:[::2]:9", "real"),
      ("https://real/", "::other:", "https://name/", "name:443:other:443", "real"),
      ("https://real/", "else:443:other:1", "https://name/", "name:443:real:443", "real"),
    ] as [(String, String?, String, String, String)])
  func aServerNameTakesTheURLsPlace(
    url: String, connectTo: String?, rewritten: String, entry: String, host: String
  ) throws {
    let route = try #require(
      Route(to: url, settings: settings(serverName: "name", connectTo: connectTo)))
    #expect(route.url == rewritten)
    #expect(route.connectTo == entry)
    #expect(route.hostHeader == host)
  }

  @Test func aRedirectComesBackWithTheRealHost() throws {
    let route = try #require(
      Route(to: "https://real:8443/mcp", settings: settings(serverName: "name")))
    #expect(route.original(redirect: "https://name:8443/mcp/") == "https://real:8443/mcp/")
    #expect(route.original(redirect: "https://name/mcp/") == "https://name/mcp/")
    #expect(route.original(redirect: "https://other:8443/") == "https://other:8443/")
  }
}
