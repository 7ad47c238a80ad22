/// What the answer to `server/discover` says about the server.
private enum Era {
  case modern(ServerIntroduction)
  /// It says itself that it speaks only revisions that begin with `initialize`.
  case legacy
  /// Not the answer of a modern server; an older one may give it.
  case notModern
  /// Credentials first.
  case guarded
  /// It wants the stateless revision after all.
  case again
  case stop(Failure)
}

extension ProbeScript {
  mutating func decideDiscover(_ answer: Answer) {
    switch era(of: answer) {
    case .modern(let introduction):
      adoptModern(introduction)
      proceed()
    case .again where !hasRetriedModern:
      hasRetriedModern = true
    case .again: fail(answer)
    case .legacy: tryInitialize()
    case .guarded where isDetecting: step = .initialize
    case .guarded: fail(answer)
    case .notModern where isDetecting || Redetection.isAllowed(memory, at: now): tryInitialize()
    case .notModern: fail(answer)
    case .stop(let failure): fail(failure)
    }
  }

  /// A server known as legacy was asked for the stateless revision: it may have been upgraded.
  mutating func decideRecheck(_ answer: Answer) {
    memory.detectedAt = now
    if case .modern(let introduction) = era(of: answer) {
      adoptModern(introduction)
      proceed()
    } else if let pendingFailure {
      // The old transport may be all that is spoken now.
      isDetecting = true
      if !tryStream(after: pendingFailure) { conclude(pendingFailure) }
    } else {
      memory.failedSinceDetection = false
      proceed()
    }
  }

  private mutating func tryInitialize() {
    if !isDetecting { memory.detectedAt = now }
    isDetecting = true
    step = .initialize
  }

  private func era(of answer: Answer) -> Era {
    switch answer {
    case .result(let result): era(of: result)
    case .error(let error): era(of: error)
    case .trouble(let trouble): era(of: trouble)
    case .accepted, .redirect: .notModern
    }
  }

  private func era(of result: RPCResult) -> Era {
    guard let introduction = try? ServerIntroduction(result, withTexts: withTexts),
      let versions = introduction.supportedVersions, !versions.isEmpty
    else {
      return isDetecting
        ? .notModern : .stop(Failure(.resultInvalid, "a result without supportedVersions"))
    }
    guard versions.contains(ProtocolVersions.stateless) else {
      return versions.contains(where: ProtocolVersions.legacy.contains)
        ? .legacy : .stop(unsupported(versions))
    }
    guard introduction.isComplete else {
      return .stop(
        Failure(.resultInvalid, "a result of type \"\(introduction.resultType ?? "")\""))
    }
    return .modern(introduction)
  }

  private func era(of error: RPCError) -> Era {
    switch error.code {
    case RPCError.versionUnsupported where !error.supported.isEmpty:
      if error.supported.contains(ProtocolVersions.stateless) { return .again }
      return error.supported.contains(where: ProtocolVersions.legacy.contains)
        ? .legacy : .stop(unsupported(error.supported))
    case RPCError.headerMismatch, RPCError.capabilityRequired: return .stop(failure(of: error))
    default: return error.isRateLimit ? .stop(failure(of: error)) : .notModern
    }
  }

  private func era(of trouble: Trouble) -> Era {
    switch trouble.outcome {
    case _ where trouble.isTransfer && trouble.outcome != .sseClosed:
      return .stop(failure(of: trouble))
    case .authRequired, .insufficientScope, .forbidden: return .guarded
    case .hostRejected where exchange.head?.status == 403: return .guarded
    case .notFound, .methodNotAllowed, .http4xx, .notMCP, .malformedJSON, .jsonrpcInvalid,
      .responseMissing, .responseTooLarge, .sseClosed:
      return .notModern
    default: return .stop(failure(of: trouble))
    }
  }

  /// Who is asked in each probe is read closely only in those that list.
  private var withTexts: Bool { purpose == .catalogue }

  /// A server that leaves its name out still has it.
  private mutating func adopt(_ texts: ServerTexts?) {
    guard var texts else { return }
    texts.identity = texts.identity ?? memory.texts.identity
    memory.texts = texts
  }

  private func unsupported(_ versions: [String]) -> Failure {
    Failure(
      .protocolVersionUnsupported, "the server speaks only \(versions.joined(separator: ", "))")
  }

  private mutating func adoptModern(_ introduction: ServerIntroduction) {
    if !isStateless { memory.detectedAt = now }
    memory.transport = .statelessHTTP
    memory.protocolVersion = ProtocolVersions.stateless
    memory.sessionID = nil
    memory.lastRequestID = 0
    memory.capabilities = introduction.capabilities
    memory.server = introduction.server ?? memory.server
    adopt(introduction.texts)
    memory.failedSinceDetection = false
    isDetecting = false
  }
}

extension ProbeScript {
  mutating func decideInitialize(_ answer: Answer) {
    switch answer {
    case .result(let result):
      guard let introduction = try? ServerIntroduction(result, withTexts: true),
        let version = introduction.protocolVersion
      else { return failLegacy(Failure(.resultInvalid, "a result without protocolVersion")) }
      guard ProtocolVersions.legacy.contains(version) else { return fail(unsupported([version])) }
      adoptLegacy(introduction, version: version)
      step = .initialized
    case .error(let error) where error.isSessionTaken:
      fail(
        Failure(
          .sessionTaken, "the server's only session is another client's: \(error.message)",
          code: error.code))
    case .error(let error) where !error.supported.isEmpty && !error.isRateLimit:
      if error.supported.contains(ProtocolVersions.stateless), !hasRetriedModern {
        hasRetriedModern = true
        step = .discover
      } else if error.supported.contains(where: ProtocolVersions.known.contains) {
        failLegacy(failure(of: error))
      } else {
        fail(unsupported(error.supported))
      }
    case .error(let error): failLegacy(failure(of: error))
    case .trouble(let trouble): failLegacy(failure(of: trouble))
    case .accepted, .redirect: fail(answer)
    }
  }

  private mutating func adoptLegacy(_ introduction: ServerIntroduction, version: String) {
    let isAnother = introduction.server != memory.server
    let knewSession = memory.transport == .streamableHTTP || memory.transport == .httpSSE
    memory.transport = speaksSSE ? .httpSSE : .streamableHTTP
    memory.protocolVersion = version
    memory.sessionID = speaksSSE ? nil : exchange.head?.usableSessionID
    memory.lastRequestID = 1
    memory.capabilities = introduction.capabilities
    memory.server = introduction.server ?? memory.server
    adopt(introduction.texts)
    if isAnother { memory.pingUnsupported = false }
    if isDetecting {
      memory.detectedAt = now
      memory.failedSinceDetection = false
    } else if knewSession {
      // A lost session or another name means a restart, and a restart may be an upgrade.
      memory.failedSinceDetection = true
      warn(.sessionReinit)
    }
  }

  mutating func decideInitialized(_ answer: Answer) {
    switch answer {
    case .accepted: stream.isEstablished = true
    case .trouble(let trouble)
    where ![.notFound, .methodNotAllowed, .http4xx].contains(trouble.outcome):
      return fail(answer)
    case .result, .error, .redirect, .trouble:
      warn(.initializedRejected)
      // Whether the session stands must be seen by a request in it.
      if resume == nil { resume = .ping }
    }
    if let resume {
      step = resume
      self.resume = nil
    } else {
      proceed()
    }
  }
}

extension ResponseHead {
  /// The session id, if it is one that may be sent back: visible ASCII.
  var usableSessionID: String? {
    guard let sessionID, !sessionID.isEmpty, sessionID.utf8.count <= 8192,
      sessionID.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else { return nil }
    return sessionID
  }
}
