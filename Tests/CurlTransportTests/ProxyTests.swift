import Agent
import CurlTransport
import Foundation
import MCPWire
import Signals
import TestSupport
import Testing

/// A proxy as a Python process: HTTP with absolute URLs and CONNECT, or SOCKS5. It notes a line for
/// what each connection asks, with its login.
private final class ProxyServer {
  let port: Int
  private let directory: URL
  private let command: Command

  init() async throws {
    directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    command = try Command(["python3", "-c", Self.program, directory.path])
    let file = directory.appending(path: "port").path
    port = try await eventually("the port of the proxy") {
      Int(try String(contentsOfFile: file, encoding: .utf8))
    }
  }

  func stop() {
    command.stop()
    try? FileManager.default.removeItem(at: directory)
  }

  var asked: [String] {
    let text = try? String(
      contentsOfFile: directory.appending(path: "asked").path, encoding: .utf8)
    return (text ?? "").split(separator: "\n").map(String.init)
  }

  private static let program = """
    import base64, os, socket, sys, threading
    directory = sys.argv[1]

    def note(text):
        with open(os.path.join(directory, "asked"), "a") as file:
            file.write(text + "\\n")

    def copy(a, b):
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)

    def relay(a, b):
        threading.Thread(target=copy, args=(a, b), daemon=True).start()
        copy(b, a)

    def socks(peer):
        peer.recv(peer.recv(1)[0])
        peer.sendall(b"\\x05\\x02")
        peer.recv(1)
        user = peer.recv(peer.recv(1)[0]).decode()
        password = peer.recv(peer.recv(1)[0]).decode()
        peer.sendall(b"\\x01\\x00")
        kind = peer.recv(4)[3]
        host = peer.recv(peer.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(peer.recv(4))
        port = int.from_bytes(peer.recv(2), "big")
        note(f"socks {user}:{password} {host}")
        server = socket.create_connection(("127.0.0.1", port))
        peer.sendall(b"\\x05\\x00\\x00\\x01" + bytes(6))
        relay(peer, server)

    def serve(peer):
        first = peer.recv(1)
        if first == b"\\x05":
            return socks(peer)
        head = first
        while not head.endswith(b"\\r\\n\\r\\n"):
            head += peer.recv(1)
        lines = head.decode().split("\\r\\n")
        logins = [l for l in lines if l.lower().startswith("proxy-authorization: basic ")]
        login = base64.b64decode(logins[0].split()[2]).decode() if logins else ""
        method, url, _ = lines[0].split()
        if method == "CONNECT":
            note(f"connect {login} {url.split(':')[0]}")
            server = socket.create_connection(("127.0.0.1", int(url.split(":")[1])))
            peer.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
        else:
            authority = url.split("/")[2]
            note(f"{method.lower()} {login} {authority.split(':')[0]}")
            server = socket.create_connection(("127.0.0.1", int(authority.split(":")[1])))
            kept = [l for l in lines[1:] if not l.lower().startswith("proxy-")]
            line = f"{method} /{url.split('/', 3)[3]} HTTP/1.1"
            server.sendall("\\r\\n".join([line] + kept).encode())
        relay(peer, server)

    listener = socket.create_server(("127.0.0.1", 0))
    with open(os.path.join(directory, "new"), "w") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(os.path.join(directory, "new"), os.path.join(directory, "port"))
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """
}

/// `proxy_url`: the requests go through it, with its login and without telling it ours.
@Suite struct ProxyTests {
  private func probe(
    _ url: String, through proxy: String, change: (inout ProbeTarget) -> Void = { _ in }
  ) async throws -> ProbeResult {
    try await CurlTransportTests.probe(url) { target in
      target.http.proxyURL = Secret(proxy)
      change(&target)
    }
  }

  @Test func plainRequestsGoThroughIt() async throws {
    let (proxy, server) = (try await ProxyServer(), LoopbackServer { $0.serve() })
    defer {
      proxy.stop()
      server.stop()
    }
    let result = try await probe(
      "http://mcp.invalid:\(server.port)/mcp", through: "http://u:p%40@127.0.0.1:\(proxy.port)")
    #expect(result.outcome == .ok, "\(result.detail)")
    #expect(proxy.asked == ["post u:p@ mcp.invalid"])
  }

  @Test func secureRequestsGoThroughATunnelThatDoesNotSeeThem() async throws {
    let (proxy, server) = (try await ProxyServer(), try await TLSServer(names: "IP:127.0.0.1"))
    defer {
      proxy.stop()
      server.stop()
    }
    let result = try await probe(server.url, through: "http://127.0.0.1:\(proxy.port)") { target in
      target.http.tls.caFile = server.certificate
      target.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer canary"), isCredential: true)
      ]
    }
    #expect(result.outcome == .ok, "\(result.detail)")
    #expect(proxy.asked == ["connect  127.0.0.1"])
  }

  /// With socks5h the proxy looks the name up.
  @Test(arguments: [("socks5", "127.0.0.1"), ("socks5h", "mcp.invalid")])
  func socksIsSpoken(scheme: String, host: String) async throws {
    let (proxy, server) = (try await ProxyServer(), LoopbackServer { $0.serve() })
    defer {
      proxy.stop()
      server.stop()
    }
    let result = try await probe(
      "http://\(host):\(server.port)/mcp", through: "\(scheme)://u:p@127.0.0.1:\(proxy.port)")
    #expect(result.outcome == .ok, "\(result.detail)")
    #expect(proxy.asked == ["socks u:p \(host)"])
  }
}
