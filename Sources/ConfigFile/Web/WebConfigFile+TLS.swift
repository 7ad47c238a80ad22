import Agent
import Glibc
import Signals

extension WebConfigFile {
  /// A certificate, key or authority as it stands in the file or in a file of its own.
  private struct Material {
    var bytes: [UInt8]
    var value: Value
  }

  /// `tls_server_config`; `nil` when it names no certificate.
  mutating func readTLS(_ section: Section) -> ServerTLS? {
    let certificates = readMaterial(section, "cert", isSecret: false)
    let key = readMaterial(section, "key", isSecret: true)
    let authorities = readMaterial(section, "client_ca", isSecret: false)
    let authentication = Self.readAuthentication(section)
    let isServing = section.filled("cert") != nil || section.filled("cert_file") != nil
    let hasKey = section.filled("key") != nil || section.filled("key_file") != nil
    let asksClients = authentication != nil || authorities != nil
    if !isServing && (hasKey || asksClients) {
      section.report("required: cert and key, or cert_file and key_file", at: "cert_file")
    } else if isServing && !hasKey {
      section.report("required beside the certificate", at: "key_file")
    }
    var tls = ServerTLS(
      certificates: certificates?.bytes ?? [],
      key: Secret(String(decoding: key?.bytes ?? [], as: UTF8.self)))
    tls.clientAuthentication = authentication ?? .none
    tls.clientAuthorities = authorities?.bytes
    if let authorities, tls.clientAuthentication == .none {
      authorities.value.report("set client_auth_type beside it: no client is asked for one")
    }
    readProtocol(section, into: &tls)
    return isServing && hasKey ? tls : nil
  }

  private static func readAuthentication(_ section: Section) -> ServerTLS.ClientAuthentication? {
    guard let value = section.filled("client_auth_type") else { return nil }
    // exporter-toolkit's own name for it, from before it took Go's.
    if case .scalar("RequireClientCert", _) = value.node.content { return .requireAny }
    return value.choice(ServerTLS.ClientAuthentication.self)
  }

  private func readProtocol(_ section: Section, into tls: inout ServerTLS) {
    let names = section.filled("client_allowed_sans")
    tls.clientNames = (names?.items(atMost: 100) ?? []).compactMap { $0.text(length: 1...256) }
    if let names, tls.clientNames.isEmpty { names.report("no client could come in") }
    tls.minVersion = section.filled("min_version")?.choice(ServerTLS.Version.self) ?? tls.minVersion
    tls.maxVersion = section.filled("max_version")?.choice(ServerTLS.Version.self) ?? tls.maxVersion
    if tls.minVersion > tls.maxVersion {
      section.report("below min_version", at: "max_version")
    }
    tls.cipherSuites = (section["cipher_suites"]?.items(atMost: 100) ?? [])
      .compactMap { $0.choice(ServerTLS.CipherSuite.self) }
    tls.curves = (section["curve_preferences"]?.items(atMost: 100) ?? [])
      .compactMap { $0.choice(ServerTLS.Curve.self) }
    section["prefer_server_cipher_suites"]?.checkGoFlag()  // as in Go, it means nothing any more
  }

  private mutating func readMaterial(
    _ section: Section, _ key: String, isSecret: Bool
  ) -> Material? {
    let (inline, file) = (section.filled(key), section.filled("\(key)_file"))
    if inline != nil, let file {
      file.report("set \(key) or \(key)_file, not both")
      return nil
    }
    if let inline {
      guard let text = inline.text(length: 1...Self.sizeLimit, lines: true) else { return nil }
      return Material(bytes: Array(text.utf8), value: inline)
    }
    guard let file, let name = file.text() else { return nil }
    guard !name.contains("-----BEGIN") else {
      file.report("PEM where a path is expected: set \(key)")
      return nil
    }
    let path = file.context.resolve(name)
    files.append(path)
    do {
      let bytes = try BoundedFile.bytes(at: path, limit: Self.sizeLimit, mustBeFile: true)
      if isSecret, BoundedFile.isOpenToAll(path) {
        file.warn("every user of this machine can read \"\(path)\"")
      }
      return Material(bytes: bytes, value: file)
    } catch {
      file.report("\"\(path)\" \(error.reason)")
      return nil
    }
  }
}

extension BoundedFile {
  /// Whether whoever is on this machine may read it.
  fileprivate static func isOpenToAll(_ path: String) -> Bool {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IROTH != 0
  }
}
