import Foundation
import TestSupport
import Testing

/// One try to get `/-/healthy` over TLS, by Python's ssl, which is OpenSSL.
struct TLSAttempt: Codable {
  /// PEM of who signs the server.
  var authority = "server.pem"
  /// The client's, `NAME.pem` and `NAME.key`.
  var certificate: String?
  /// `TLSv1_2`, as Python spells it.
  var least: String?
  var most: String?
  var ciphers: String?
  var curve: String?
  var headers: [String] = []
  /// Whether no TLS is spoken.
  var isPlain = false

  private static let script = """
    import http.client, json, os, ssl, sys
    port, directory, asked, said = sys.argv[1:]
    def attempt(one):
        if one["isPlain"]:
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=300)
        else:
            context = ssl.create_default_context(cafile=os.path.join(directory, one["authority"]))
            context.set_ciphers((one.get("ciphers") or "ALL") + ":@SECLEVEL=0")
            context.minimum_version = getattr(ssl.TLSVersion, one.get("least") or "TLSv1")
            context.maximum_version = getattr(ssl.TLSVersion, one.get("most") or "TLSv1_3")
            if one.get("curve"):
                context.set_ecdh_curve(one["curve"])
            if one.get("certificate"):
                name = os.path.join(directory, one["certificate"])
                context.load_cert_chain(name + ".pem", name + ".key")
            connection = http.client.HTTPSConnection(
                "127.0.0.1", int(port), timeout=300, context=context)
        try:
            headers = dict(line.split(": ", 1) for line in one["headers"])
            connection.request("GET", "/-/healthy", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if one["isPlain"]:
                return f"{answer.status}"
            sock = connection.sock
            return f"{answer.status} {sock.version()} {sock.cipher()[0]}"
        except TimeoutError:
            return "timed out"
        except (OSError, http.client.HTTPException):
            return "refused"
        finally:
            connection.close()
    json.dump([attempt(one) for one in json.load(open(asked))], open(said, "w"))
    """

  /// `200 TLSv1.3 TLS_AES_128_GCM_SHA256`, `200` of plain HTTP, or `refused`; a server
  /// that lets an attempt wait for minutes is none that refused it.
  static func results(
    of attempts: [TLSAttempt], at port: Int, in files: WebFiles
  ) async throws -> [String] {
    let (asked, said) = (files.path("attempts"), files.path("results"))
    try JSONEncoder().encode(attempts).write(to: URL(filePath: asked))
    let words = [
      "python3", "-W", "ignore", "-c", script, "\(port)", files.scratch.directory.path, asked, said,
    ]
    try await offPool { try Command.run(words) }
    let found = try JSONDecoder().decode([String].self, from: Data(contentsOf: URL(filePath: said)))
    #expect(!found.contains("timed out"), "\(found)")
    return found
  }
}
