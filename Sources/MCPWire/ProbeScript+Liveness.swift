extension ProbeScript {
  /// The cheapest request that shows a legacy server alive.
  var legacyLiveness: Step {
    guard memory.pingUnsupported, memory.capabilities.tools else { return .ping }
    return .list(ListProgress(.tools, isLiveness: purpose == .liveness))
  }

  mutating func decidePing(_ answer: Answer) {
    switch answer {
    case .result: proceed()
    case .error(let error) where error.isOfMethod:
      // Alive, but without ping: from now on its tools show life.
      if !memory.pingUnsupported { warn(.pingUnsupported) }
      memory.pingUnsupported = true
      if case .list(let progress) = legacyLiveness { step = .list(progress) } else { proceed() }
    default: failInSession(answer, repeating: .ping)
    }
  }

  /// A request of a legacy server failed: its session may be gone, or the server another one.
  mutating func failInSession(_ answer: Answer, repeating step: Step) {
    guard isSessionGone(answer) else { return failLegacy(failure(of: answer)) }
    guard hasReinitialized else {
      hasReinitialized = true
      resume = step
      if speaksSSE { openStream() } else { self.step = .initialize }
      return
    }
    guard hasSession else { return failLegacy(failure(of: answer)) }
    var failure = failure(of: answer)
    failure.outcome = .sessionLost
    failure.text =
      "refused right after a new session: not shared between replicas? \(failure.text)"
    fail(failure)
  }

  /// A 4xx that is about the session, not about us or the method.
  private func isSessionGone(_ answer: Answer) -> Bool {
    guard let status = exchange.head?.status, isAboutRequest(status) else { return false }
    switch answer {
    case .error(let error): return !error.isOfMethod && !error.isRateLimit
    case .trouble(let trouble): return !trouble.isTransfer
    case .result, .accepted, .redirect: return false
    }
  }

  private func isAboutRequest(_ status: Int) -> Bool {
    switch status {
    case 401, 403, 405, 406, 407, 408, 413, 415, 421, 429: false
    default: (400..<500).contains(status)
    }
  }

  /// Reports a failure of a legacy server, after a look at whether it has become a modern one.
  mutating func failLegacy(_ failure: Failure) {
    if tryStream(after: failure) { return }
    let isRefusal = exchange.head.map { isAboutRequest($0.status) || $0.status == 405 } ?? false
    guard isRefusal, !failure.isTransfer, !isDetecting, !hasRechecked, !speaksSSE,
      Redetection.isAllowed(memory, at: now)
    else { return fail(failure) }
    var failure = failure
    failure.stage = failure.stage ?? request?.stage
    failure.status = exchange.head?.status
    failure.retryAfter = exchange.head?.retryDelay
    pendingFailure = failure
    hasRechecked = true
    step = .recheck
  }

  /// The server lives. Goes on with what else this probe is for.
  mutating func proceed() {
    pendingFailure = nil
    if memory.transport == .streamableHTTP, !isDetecting, !hasRechecked,
      Redetection.isDue(memory, url: target.url, at: now)
    {
      hasRechecked = true
      step = .recheck
    } else if purpose == .catalogue, let list = list(after: nil) {
      step = .list(ListProgress(list))
    } else {
      proceedToChecks()
    }
  }
}

extension ProbeScript {
  mutating func beginEndOfSession() {
    memory.stream = nil
    let version = memory.protocolVersion ?? ""
    if hasSession, memory.transport == .streamableHTTP, version >= ProtocolVersions.safeToDelete {
      step = .delete
    } else {
      succeed()
    }
  }

  /// Nobody waits for what a DELETE says.
  mutating func decideDelete(_ answer: Answer) {
    memory.sessionID = nil
    memory.lastRequestID = 0
    memory.transport = nil
    if case .trouble(let trouble) = answer, trouble.isTransfer {
      fail(answer)
    } else {
      succeed()
    }
  }
}
