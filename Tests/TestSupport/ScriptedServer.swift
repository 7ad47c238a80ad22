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
    at now: MonotonicInstant = MonotonicInstant(elapsed: .seconds(1_000_000))
  ) -> Run? {
    var script = ProbeScript(
      target: target, memory: memory, purpose: purpose, clientVersion: "0.1.0", now: now)
    var requests: [ProbeRequest] = []
    while requests.count <= 600 {
      switch script.next() {
      case .finish(let result): return Run(result: result, requests: requests)
      case .send(let request):
        requests.append(request)
        play(reply(request), into: &script)
      }
    }
    return nil
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
