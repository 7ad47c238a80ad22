import Foundation

extension Scratch {
  /// Makes `NAME.pem` and `NAME.key`, for two days; signed by `authority`, or by itself. `names` as
  /// openssl has them: `DNS:localhost,IP:127.0.0.1`. Takes the place of those that are there.
  package func makeCertificate(
    _ name: String, names: String, by authority: String? = nil, isRSA: Bool = false
  ) throws {
    let (key, certificate) = (path("new.key"), path("new.pem"))
    let kind = isRSA ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    var words = ["openssl", "req", "-x509", "-newkey"] + kind
    words += [
      "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", key.path, "-out", certificate.path,
      "-addext", "subjectAltName=\(names)",
    ]
    if let authority {
      words += ["-CA", path("\(authority).pem").path, "-CAkey", path("\(authority).key").path]
      words += ["-addext", "basicConstraints=critical,CA:FALSE"]
    }
    try Command.run(words)
    for (file, kind) in [(certificate, "pem"), (key, "key")] {
      try write("\(name).\(kind)", String(contentsOf: file, encoding: .utf8))
    }
  }
}
