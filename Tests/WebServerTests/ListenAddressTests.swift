import Testing
import WebServer

struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:9627", "127.0.0.1", 9627), (":9627", "", 9627), ("[::1]:9627", "::1", 9627),
    ("localhost:0", "localhost", 0), ("[::]:80", "::", 80), ("agent.example:65535", "agent.example", 65_535),
  ])
  func `an address is read and written back`(text: String, host: String, port: Int) throws {
    let address = try ListenAddress(parsing: text)
    #expect(address == ListenAddress(host: host, port: port))
    #expect(address.description == text)
  }

  @Test(arguments: [
    ("", "no port, as in :9627"),
    ("9627", "did you mean :9627?"),
    ("localhost", "no port, as in localhost:9627"),
    ("localhost:", "the port must be a number from 0 to 65535"),
    ("localhost:http", "the port must be a number from 0 to 65535"),
    ("localhost:+1", "the port must be a number from 0 to 65535"),
    ("localhost:65536", "the port must be a number from 0 to 65535"),
    ("localhost:99999999999999999999", "the port must be a number from 0 to 65535"),
    ("::1:9627", "an IPv6 address needs brackets, as in [::1]:9627"),
    ("http://localhost:9627", "an IPv6 address needs brackets, as in [::1]:9627"),
    ("a b:1", "expected HOST:PORT, as in 127.0.0.1:9627"),
    ("[localhost]:1", "expected HOST:PORT, as in 127.0.0.1:9627"),
  ])
  func `what is no address is refused with a reason`(text: String, reason: String) {
    let problem = #expect(throws: ListenAddress.Problem.self) { try ListenAddress(parsing: text) }
    #expect(problem?.description == "\"\(text)\": \(reason)")
  }
}
