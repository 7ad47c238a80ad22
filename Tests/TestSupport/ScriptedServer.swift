package import MCPWire
package import Signals

/// An MCP server as a closure: drives a `ProbeScript` without a network.
package struct ScriptedServer {
  /// What comes back for a request.
  package struct Reply {
    package var head: ResponseHead
    package var body: [UInt8]
    package var end: TransferEnd
    /// No head arrives: the transfer fails before it.
    package var isSilent = false
    /// What goes onto the held stream meanwhile.
    package var pushed: [UInt8] = []
    /// The held stream ends after that.
    package var endsStream = false

    package init(_ status: Int, _ type: String? = nil, _ body: String = "") {
      head = ResponseHead(status: status)
      head.contentType = type
      self.body = Array(body.utf8)
      end = .complete(redirectURL: nil)
    }

    package static func json(_ body: String, status: Int = 200) -> Reply {
      Reply(status, "application/json", body)
    }
    /// One event of a stream.
    package static func event(_ data: String) -> Reply {
      Reply(200, "text/event-stream", "event: message\r\ndata: \(data)\r\n\r\n")
    }
    package static func text(_ body: String, status: Int) -> Reply {
      Reply(status, "text/plain; charset=utf-8", body)
    }
    package static func redirect(to url: String, status: Int = 307) -> Reply {
      var reply = Reply(status)
      reply.end = .complete(redirectURL: url)
      return reply
    }
    package static func failure(_ outcome: ProbeOutcome, stage: ProbeStage? = nil) -> Reply {
      var reply = Reply(0)
      reply.isSilent = true
      reply.end = .failed(TransferFailure(outcome: outcome, detail: "broken", stage: stage))
      return reply
    }
    /// The response breaks off after its body so far.
    package func cut(_ outcome: ProbeOutcome) -> Reply {
      var reply = self
      reply.end = .failed(TransferFailure(outcome: outcome, detail: "broken"))
      return reply
    }
    /// A 202, and these bytes on the held stream.
    package static func pushing(_ text: String, ending: Bool = false) -> Reply {
      var reply = Reply(202, nil, "Accepted")
      reply.pushed = Array(text.utf8)
      reply.endsStream = ending
      return reply
    }
    package func session(_ id: String) -> Reply {
      var reply = self
      reply.head.sessionID = id
      return reply
    }
    package func retry(after: String) -> Reply {
      var reply = self
      reply.head.retryAfter = after
      return reply
    }
    package func challenge(_ challenge: String) -> Reply {
      var reply = self
      reply.head.challenges.append(challenge)
      return reply
    }
  }

  /// The whole of one probe.
  package struct Run {
    package var result: ProbeResult
    package var requests: [ProbeRequest]
    /// What the requests asked, by stage.
    package var stages: [ProbeStage] { requests.map(\.stage) }
  }

  /// Bytes of body handed over at a time.
  package var chunk = 4096
  package var reply: (ProbeRequest) -> Reply

  package init(chunk: Int = 4096, _ reply: @escaping (ProbeRequest) -> Reply) {
    self.chunk = chunk
    self.reply = reply
  }

  /// Plays one probe to its end; `nil` if it does not end within 600 requests.
  package func probe(
    _ target: ProbeTarget = ProbeTarget(url: "http://mcp.test/mcp"),
    memory: ServerMemory = ServerMemory(), purpose: ProbePurpose = .liveness,
    at now: MonotonicInstant = MonotonicInstant(elapsed: .seconds(1_000_000)),
    heldStream: MonotonicInstant? = nil
  ) -> Run? {
    var script = ProbeScript(
      target: target, memory: memory, purpose: purpose, clientVersion: "0.1.0", now: now,
      heldStream: heldStream)
    var stream = EventStreamParser(limit: 1 << 24)
    var requests: [ProbeRequest] = []
    while requests.count <= 600 {
      switch script.next() {
      case .finish(let result): return Run(result: result, requests: requests)
      case .send(let request):
        requests.append(request)
        let reply = reply(request)
        play(reply, into: &script)
        push(reply, through: &stream, into: &script)
      case .open(let request):
        requests.append(request)
        stream = EventStreamParser(limit: 1 << 24)
        open(reply(request), &stream, into: &script)
      case .wait: script.waitedInVain()
      }
    }
    return nil
  }

  private func open(
    _ reply: Reply, _ stream: inout EventStreamParser, into script: inout ProbeScript
  ) {
    if reply.isSilent {
      _ = script.streamEnded(reply.end)
      return
    }
    script.opened(head: reply.head)
    guard reply.head.isEventStream else {
      _ = script.refused(body: reply.body.span)
      _ = script.streamEnded(reply.end)
      return
    }
    var streamed = reply
    streamed.pushed = reply.body
    push(streamed, through: &stream, into: &script)
  }

  private func push(
    _ reply: Reply, through stream: inout EventStreamParser, into script: inout ProbeScript
  ) {
    var start = 0
    while start < reply.pushed.count {
      let end = min(start + max(1, chunk), reply.pushed.count)
      let piece = reply.pushed.span.extracting(start..<end)
      var position = 0
      while let event = stream.nextEvent(in: piece, from: &position) {
        _ = script.received(event: event)
      }
      start = end
    }
    if reply.endsStream { _ = script.streamEnded(reply.end) }
  }

  private func play(_ reply: Reply, into script: inout ProbeScript) {
    if reply.isSilent { return script.finished(reply.end) }
    script.received(head: reply.head)
    var start = 0
    while start < reply.body.count {
      let end = min(start + max(1, chunk), reply.body.count)
      switch script.received(body: reply.body.span.extracting(start..<end)) {
      case .more: start = end
      case .enough: return script.finished(.complete(redirectURL: nil))
      case .tooLarge:
        return script.finished(
          .failed(TransferFailure(outcome: .responseTooLarge, detail: "body over its bound")))
      }
    }
    script.finished(reply.end)
  }
}
