import Foundation
import TestSupport

/// TLS before a plain server on 127.0.0.1: a Python process that passes on what is inside.
package final class TLSFront: Sendable {
  package struct Settings: Sendable {
    package enum Dates: Sendable { case now, past, future }

    /// What the certificate is for, as `subjectAltName` has it.
    var names = "IP:127.0.0.1"
    var dates = Dates.now
    /// Whether a client is given the authority to trust.
    var isTrusted = true
    var key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    var digest = "sha256"
    /// The only version spoken, as Python names it; empty for any.
    var version = ""
    /// What ALPN offers, with commas between.
    var protocols = ""
    var demandsClientCertificate = false
  }

  package let port: Int
  /// The file of the authority.
  package let authority: String
  private let scratch: Scratch
  private let command: Command

  init(before backend: Int, _ settings: Settings) async throws {
    scratch = try Scratch()
    let directory = scratch.directory.path
    authority = "\(directory)/ca.pem"
    try Self.makeCertificate(in: scratch, settings)
    command = try Command([
      "python3", "-c", Self.program, directory, settings.version, settings.protocols,
      settings.demandsClientCertificate ? "mutual" : "", "\(backend)",
    ])
    let file = scratch.path("port")
    port = try await eventually("the port of the TLS front") {
      Int(try String(contentsOf: file, encoding: .utf8))
    }
  }

  func stop() { command.stop() }

  private static func makeCertificate(in scratch: Scratch, _ settings: Settings) throws {
    let directory = scratch.directory.path
    func file(_ name: String) -> String { "\(directory)/\(name)" }
    try scratch.write("index.txt", "")
    try scratch.write("ca.cnf", configuration.replacing("DIRECTORY", with: directory))
    let authorityKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try Command.run(
      ["openssl", "req", "-x509"] + authorityKey + [
        "-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=faults", "-days", "30",
      ])
    try Command.run(
      ["openssl", "req", "-new", "-nodes"] + settings.key + [
        "-keyout", file("key.pem"), "-out", file("request.pem"), "-subj", "/CN=fault",
        "-addext", "subjectAltName=\(settings.names)",
      ])
    let days: (from: Double, to: Double) =
      switch settings.dates {
      case .now: (-1, 10)
      case .past: (-10, -1)
      case .future: (1, 10)
      }
    try Command.run([
      "openssl", "ca", "-batch", "-notext", "-config", file("ca.cnf"), "-md", settings.digest,
      "-startdate", date(inDays: days.from), "-enddate", date(inDays: days.to),
      "-in", file("request.pem"), "-out", file("cert.pem"),
    ])
  }

  /// As openssl reads it: `20261130142822Z`.
  private static func date(inDays days: Double) -> String {
    let text = Date(timeIntervalSinceNow: days * 86_400).formatted(.iso8601)
    return text.filter { !"-:T".contains($0) }
  }

  private static let configuration = """
    [ca]
    default_ca = faults
    [faults]
    new_certs_dir = DIRECTORY
    database = DIRECTORY/index.txt
    certificate = DIRECTORY/ca.pem
    private_key = DIRECTORY/ca.key
    rand_serial = yes
    policy = any
    copy_extensions = copy
    [any]
    commonName = supplied
    """

  /// Ends by itself when its parent is gone.
  private static let program = """
    import os, select, shutil, socket, ssl, struct, sys, threading, time
    directory, version, protocols, mutual, backend = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(directory + "/cert.pem", directory + "/key.pem")
    if version:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    if protocols:
        context.set_alpn_protocols(protocols.split(","))
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(directory + "/ca.pem")

    def leave(tls):
        # What has not been read would make a reset of it, which may overtake the alert.
        try:
            tls.shutdown(socket.SHUT_WR)
            tls.settimeout(5)
            while tls.recv(65536):
                pass
        except OSError:
            pass
        tls.close()

    def relay(front):
        tls = context.wrap_socket(front, server_side=True, do_handshake_on_connect=False)
        try:
            tls.do_handshake()
        except OSError:
            return leave(tls)
        back = socket.create_connection(("127.0.0.1", int(backend)))
        try:
            while True:
                ready = [tls] if tls.pending() else select.select([tls, back], [], [])[0]
                if back in ready:
                    data = back.recv(65536)
                    if not data:
                        break
                    tls.setblocking(True)
                    tls.sendall(data)
                if tls in ready:
                    tls.setblocking(False)
                    try:
                        data = tls.recv(65536)
                    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                        continue
                    if not data:
                        break
                    back.sendall(data)
        except ConnectionResetError:
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        finally:
            back.close()
            tls.close()

    def follow(parent):
        while os.getppid() == parent:
            time.sleep(0.5)
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=follow, args=(os.getppid(),), daemon=True).start()
    server = socket.create_server(("127.0.0.1", 0), backlog=512)
    with open(directory + "/port.new", "w") as file:
        file.write(str(server.getsockname()[1]))
    os.rename(directory + "/port.new", directory + "/port")
    while True:
        front, _ = server.accept()
        threading.Thread(target=relay, args=(front,), daemon=True).start()
    """
}
