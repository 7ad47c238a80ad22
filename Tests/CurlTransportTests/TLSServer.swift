import Foundation

/// A healthy MCP server over TLS on 127.0.0.1: a Python process with a certificate made for it.
final class TLSServer {
  let url: String
  /// Self-signed: also the authority to trust.
  let certificate: String
  let key: String
  private let directory: URL
  private let process: Process

  private struct Failure: Error {
    var text: String
  }

  init(
    names: String, isExpired: Bool = false, demandsClientCertificate: Bool = false,
    maximum: String = "TLSv1_3"
  ) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    certificate = directory.appending(path: "cert.pem").path
    key = directory.appending(path: "key.pem").path
    let request = directory.appending(path: "request.pem").path
    try Self.openSSL([
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", key, "-out", request, "-subj", "/CN=scripted", "-addext",
      "subjectAltName=\(names)",
    ])
    try Self.openSSL([
      "x509", "-req", "-in", request, "-signkey", key, "-days", isExpired ? "-1" : "2",
      "-copy_extensions", "copy", "-out", certificate,
    ])
    let output = Pipe()
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c", Self.program, certificate, key, maximum,
      demandsClientCertificate ? "mutual" : "",
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let byte = output.fileHandleForReading.readData(ofLength: 1)
      if byte.isEmpty { throw Failure(text: "the TLS server did not start") }
      line += byte
    }
    let port = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    url = "https://127.0.0.1:\(port)/mcp"
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: directory)
  }

  private static func openSSL(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Failure(text: "openssl \(arguments)") }
  }

  private static let program = """
    import http.server, json, ssl, sys
    certificate, key, maximum, mutual = sys.argv[1:]

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
    print(server.server_port, flush=True)
    server.serve_forever()
    """
}
