import Foundation
import TestSupport

/// A healthy MCP server over TLS on 127.0.0.1: a Python process with a certificate made for it.
final class TLSServer {
  let url: String
  /// Self-signed: also the authority to trust.
  let certificate: String
  let key: String
  private let directory: URL
  private let command: Command

  init(
    names: String, isExpired: Bool = false, demandsClientCertificate: Bool = false,
    maximum: String = "TLSv1_3"
  ) async throws {
    directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    certificate = directory.appending(path: "cert.pem").path
    key = directory.appending(path: "key.pem").path
    let request = directory.appending(path: "request.pem").path
    try Command.run([
      "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout", key, "-out", request, "-subj", "/CN=scripted", "-addext",
      "subjectAltName=\(names)",
    ])
    try Command.run([
      "openssl", "x509", "-req", "-in", request, "-signkey", key, "-days", isExpired ? "-1" : "2",
      "-copy_extensions", "copy", "-out", certificate,
    ])
    let port = directory.appending(path: "port").path
    command = try Command([
      "python3", "-c", Self.program, certificate, key, maximum,
      demandsClientCertificate ? "mutual" : "", port,
    ])
    url = "https://127.0.0.1:\(try await Self.number(in: port))/mcp"
  }

  func stop() {
    command.stop()
    try? FileManager.default.removeItem(at: directory)
  }

  /// The number that the server writes when it listens.
  private static func number(in file: String) async throws -> Int {
    try await eventually("the port of the TLS server") {
      Int(try String(contentsOfFile: file, encoding: .utf8))
    }
  }

  private static let program = """
    import http.server, json, os, ssl, sys
    certificate, key, maximum, mutual, port = sys.argv[1:]

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mine = self.headers["Host"] == "127.0.0.1:%d" % self.server.server_port
            answer = {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": {
                "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {},
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "tls", "version": "1"}}}}
            text = json.dumps(answer).encode()
            self.send_response(200 if mine else 421)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.maximum_version = ssl.TLSVersion[maximum]
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False)
    with open(port + ".new", "w") as file:
        file.write(str(server.server_port))
    os.rename(port + ".new", port)
    server.serve_forever()
    """
}
