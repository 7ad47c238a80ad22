import Agent
import NIOCore
import Signals

/// Renders each page at most once at a time. Nobody gets a page older than the own request: who
/// asks while it is being rendered gets the next one, together with all others who wait.
actor Renderings {
  enum Page: Hashable {
    case metrics(ExpositionFormat, gzip: Bool)
    case index
    case mcps
    case recoveryQueue
    case discovery
  }

  private struct Line {
    var waiting: [CheckedContinuation<RenderedPage, any Error>] = []
    var isServed = false
  }

  private let agent: any AgentInterface
  private let gzip = Gzip()
  private let ledger: PageLedger
  /// What they count is on the page of metrics.
  private let queries: QueryThreads
  private let connections: Connections
  private let watch: WebConfigWatch?
  private var lines: [Page: Line] = [:]

  init(
    agent: any AgentInterface, ledger: PageLedger, queries: QueryThreads, connections: Connections,
    watch: WebConfigWatch?
  ) {
    self.agent = agent
    self.ledger = ledger
    self.queries = queries
    self.connections = connections
    self.watch = watch
  }

  /// Throws a `Problem` when too many pages are still being sent, or memory has run out.
  func page(_ page: Page) async throws -> RenderedPage {
    try ledger.checkRoom()
    return try await withCheckedThrowingContinuation { continuation in
      lines[page, default: Line()].waiting.append(continuation)
      guard lines[page]?.isServed == false else { return }
      lines[page]?.isServed = true
      Task { await serve(page) }
    }
  }

  private func serve(_ page: Page) async {
    while let waiting = lines[page]?.waiting, !waiting.isEmpty {
      lines[page]?.waiting = []
      let rendered: Result<RenderedPage, any Error>
      do {
        rendered = .success(RenderedPage(blocks: try await render(page), ledger: ledger))
      } catch {
        rendered = .failure(error)
      }
      for one in waiting { one.resume(with: rendered) }
    }
    lines[page] = nil
  }

  @concurrent
  private nonisolated func render(_ page: Page) async throws -> [ByteBuffer] {
    var snapshot = agent.snapshot()
    snapshot.agent.queriesRefused = queries.refused
    snapshot.agent.web = connections.figures
    snapshot.agent.web.config = watch?.figures
    switch page {
    case .metrics(let format, let isGzip):
      return try metrics(snapshot, format: format, isGzip: isGzip)
    case .index:
      return ByteBuffer(string: StatusPage.html(of: snapshot)).cut(into: 64 << 10)
    case .mcps:
      let list = snapshot.mcps.map { MCPView($0, at: snapshot.at) }
      return try ByteBuffer(bytes: APIBody.success(list)).cut(into: 64 << 10)
    case .recoveryQueue:
      let queue = snapshot.recoveryQueue.map(RecoveryView.init)
      return try ByteBuffer(bytes: APIBody.success(queue)).cut(into: 64 << 10)
    case .discovery:
      return try ByteBuffer(bytes: DiscoveryTargets.json(of: snapshot)).cut(into: 64 << 10)
    }
  }

  private nonisolated func metrics(
    _ snapshot: AgentSnapshot, format: ExpositionFormat, isGzip: Bool
  ) throws -> [ByteBuffer] {
    if isGzip {
      var pass = gzip.begin(format)
      withoutActuallyEscaping({ pass.append($0) }) {
        MetricsPage.write(snapshot, format: format, to: $0)
      }
      guard let stream = gzip.finish(pass) else { throw Problem.busy }
      return stream.parts
    }
    var parts: [ByteBuffer] = []
    withoutActuallyEscaping({ parts.append(ByteBuffer(bytes: $0)) }) {
      MetricsPage.write(snapshot, format: format, to: $0)
    }
    return parts
  }
}

extension ByteBuffer {
  /// The same bytes in blocks, so that a slow reader shows progress. Shares the memory of the first
  /// 16 MiB, copies what is beyond.
  func cut(into size: Int) -> [ByteBuffer] {
    var rest = self
    var blocks: [ByteBuffer] = []
    while rest.readableBytes > 0, let block = rest.readSlice(length: min(size, rest.readableBytes))
    {
      blocks.append(block)
    }
    return blocks
  }
}
