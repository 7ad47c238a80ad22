import Foundation
import Glibc
import TestSupport
import Testing

/// Names that lead to denied addresses (T15, T16): a name server of the test's own, in network and
/// mount namespaces of its own, which only root gets.
@Suite(.enabled(if: geteuid() == 0 && FileManager.default.fileExists(atPath: "/usr/bin/unshare")))
struct NameServerTests {
  /// What each probe of `http://NAME:8000/mcp` said, the name's addresses changing in between.
  private func probes(of answers: [String]) async throws -> [String] {
    let scratch = try Scratch()
    let program = try scratch.write("names.py", Self.program)
    let resolver = try scratch.write("resolv.conf", "nameserver 127.0.0.1\n")
    let script = """
      ip link set lo up && mount --bind \(resolver.path) /etc/resolv.conf || exit 9
      python3 \(program.path) \(answers.joined(separator: " ")) &
      server=$!
      while ! [ -e \(scratch.directory.path)/ready ]; do sleep 0.05; done
      for count in \(answers.indices.map(String.init).joined(separator: " ")); do
        '\(breakwaterExecutable)' probe --json http://mcp.test:8000/mcp
      done
      kill $server
      """
    let result = try await runCommand(
      "/usr/bin/unshare", ["--mount", "--net", "sh", "-c", script], in: scratch)
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == answers.count, "\(result.output)\(result.errors)")
    return try lines.map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return "\(object?["outcome"] ?? ""): \(object?["detail"] ?? "")"
    }
  }

  private func denied(_ address: String) -> String {
    "config_error: server/discover: address \(address) of mcp.test is denied by address_policy"
  }

  @Test func aNameIsJudgedByItsAddresses() async throws {
    let said = try await probes(of: [
      "169.254.169.254", "0.0.0.0", "fe80::1", "::ffff:169.254.169.254", "224.0.0.1",
    ])
    #expect(
      said == [
        denied("169.254.169.254"), denied("0.0.0.0"), denied("fe80::1"),
        denied("169.254.169.254"), denied("224.0.0.1"),
      ])
  }

  @Test func aNameThatIsBoundAnewIsJudgedAnew() async throws {
    let said = try await probes(of: ["127.0.0.1", "169.254.169.254", "127.0.0.1"])
    #expect(said == ["ok: ", denied("169.254.169.254"), "ok: "])
  }

  @Test func aNameGoesOnToItsNextAddress() async throws {
    let said = try await probes(of: ["169.254.169.254,127.0.0.1", "fe80::1,127.0.0.1"])
    #expect(said == ["ok: ", "ok: "])
  }

  /// A name server on port 53 that gives each argument's addresses to a probe each, with a time to
  /// live of nothing; and a healthy MCP server on port 8000.
  private static let program = """
    import http.server, ipaddress, json, os, socket, struct, sys, threading, time
    answers = [a.split(",") for a in sys.argv[1:]]
    probe = 0

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": {
                "resultType": "complete", "supportedVersions": ["2026-07-28"],
                "capabilities": {}}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    open(os.path.join(os.path.dirname(sys.argv[0]), "ready"), "w").close()
    asked = set()
    while True:
        query, peer = names.recvfrom(4096)
        end = query.index(b"\\0", 12) + 5
        kind = struct.unpack("!H", query[end - 4:end - 2])[0]
        # Each probe asks once for A and once for AAAA.
        if kind in asked:
            asked, probe = set(), probe + 1
        asked.add(kind)
        found = [ipaddress.ip_address(a) for a in answers[min(probe, len(answers) - 1)]]
        found = [a.packed for a in found if (a.version == 4) == (kind == 1)]
        records = b"".join(
            b"\\xc0\\x0c" + struct.pack("!HHIH", kind, 1, 0, len(a)) + a for a in found)
        head = query[:2] + b"\\x85\\x80" + struct.pack("!HHHH", 1, len(found), 0, 0)
        names.sendto(head + query[12:end] + records, peer)
    """
}
