import Agent
import NIOCore
import NIOSSL
import NIOTLS
import Signals

/// What makes connections TLS. One that is open keeps the door that it came through.
struct TLSDoor: Sendable {
  private let context: NIOSSLContext
  /// Whether any certificate of a client will do.
  private let believesAnyClient: Bool
  private let clientNames: Set<String>

  /// Reads certificates and key; costs milliseconds.
  init(_ tls: ServerTLS) throws(WebConfigRefused) {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try Self.certificates(tls.certificates, "cert").map { .certificate($0) },
      privateKey: .privateKey(try Self.key(tls.key)))
    configuration.minimumTLSVersion = TLSVersion(tls.minVersion)
    configuration.maximumTLSVersion = TLSVersion(tls.maxVersion)
    configuration.applicationProtocols = ["http/1.1"]
    configuration.shutdownTimeout = .seconds(1)  // a peer that says no goodbye keeps no place
    let suites = tls.cipherSuites.filter { !$0.isOfTLS13 }
    if !suites.isEmpty {
      configuration.cipherSuiteValues = suites.map { NIOTLSCipher(rawValue: $0.number) }
    } else if !tls.cipherSuites.isEmpty {
      configuration.minimumTLSVersion = .tlsv13
    }
    if !tls.curves.isEmpty { configuration.curves = tls.curves.map(NIOTLSCurve.init) }
    switch tls.clientAuthentication {
    case .none: configuration.certificateVerification = .none
    case .request, .verifyIfGiven: configuration.certificateVerification = .optionalVerification
    case .requireAny, .requireAndVerify:
      configuration.certificateVerification = .noHostnameVerification
    }
    believesAnyClient = [.request, .requireAny].contains(tls.clientAuthentication)
    if believesAnyClient {
      configuration.trustRoots = .certificates([])
    } else if let authorities = tls.clientAuthorities {
      configuration.trustRoots = .certificates(try Self.certificates(authorities, "client_ca"))
    }
    clientNames = Set(tls.clientNames)
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      throw Self.refusal("certificate and key do not go together, or cannot be used")
    }
  }

  /// First in the pipeline, before anything has come.
  func addHandlers(
    to pipeline: ChannelPipeline.SynchronousOperations, counting connections: Connections
  ) throws {
    if believesAnyClient {
      let handler = NIOSSLServerHandler(
        context: context,
        customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) },
        configuration: .init())
      try pipeline.addHandler(handler)
    } else {
      try pipeline.addHandler(NIOSSLServerHandler(context: context))
    }
    try pipeline.addHandler(Handshakes(clientNames: clientNames, connections))
  }

  private static func refusal(_ what: String) -> WebConfigRefused {
    WebConfigRefused(problems: ["tls_server_config: \(what)"])
  }

  private static func certificates(
    _ pem: [UInt8], _ key: String
  ) throws(WebConfigRefused) -> [NIOSSLCertificate] {
    guard let found = try? NIOSSLCertificate.fromPEMBytes(pem), !found.isEmpty else {
      throw refusal("\(key): no certificates in PEM")
    }
    return found
  }

  private static func key(_ pem: Secret) throws(WebConfigRefused) -> NIOSSLPrivateKey {
    guard let key = try? NIOSSLPrivateKey(bytes: Array(pem.exposed.utf8), format: .pem) else {
      throw refusal("key: no private key in PEM, or one with a passphrase")
    }
    return key
  }
}

extension TLSVersion {
  fileprivate init(_ version: ServerTLS.Version) {
    switch version {
    case .tls10: self = .tlsv1
    case .tls11: self = .tlsv11
    case .tls12: self = .tlsv12
    case .tls13: self = .tlsv13
    }
  }
}

extension NIOTLSCurve {
  fileprivate init(_ curve: ServerTLS.Curve) {
    switch curve {
    case .p256: self = .secp256r1
    case .p384: self = .secp384r1
    case .p521: self = .secp521r1
    case .x25519: self = .x25519
    case .x25519MLKEM768: self = .x25519_MLKEM768
    }
  }
}

/// Closes a connection whose client's certificate has no name of those that may come, before it can
/// ask for anything; counts handshakes that fail.
private final class Handshakes: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let clientNames: Set<String>
  private let connections: Connections
  private var isOver = false
  /// Nothing of what such a client sends goes any further.
  private var isRefused = false

  init(clientNames: Set<String>, _ connections: Connections) {
    self.clientNames = clientNames
    self.connections = connections
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
      isOver = true
      guard isWelcome(context) else {
        isRefused = true
        connections.countRefusal(.tls)
        return context.close(promise: nil)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Closing takes a goodbye of both sides: until then bytes still come.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isRefused { context.fireChannelRead(data) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !isOver && (error is NIOSSLError || error is BoringSSLError) {
      isOver = true
      connections.countRefusal(.tls)
    }
    context.fireErrorCaught(error)
  }

  /// A client that gave no certificate, where none must be given, is not asked for a name.
  private func isWelcome(_ context: ChannelHandlerContext) -> Bool {
    guard !clientNames.isEmpty else { return true }
    let given = Result { try context.pipeline.syncOperations.nioSSL_peerCertificate() }
    guard case .success(let certificate) = given else { return false }
    guard let certificate else { return true }
    return certificate._subjectAlternativeNames().contains { name in
      switch name.nameType {
      case .ipAddress:
        IPAddress(bytes: Array(name.contents)).map { clientNames.contains("\($0)") } ?? false
      case .dnsName, .email, .uri:
        clientNames.contains(String(decoding: name.contents, as: UTF8.self))
      default: false
      }
    }
  }
}
