import Agent
import MCPWire

/// The streams of servers of the old transport, one each: open from probe to probe.
struct HeldStreams {
  private var streams: [MCPID: StreamTransfer] = [:]
  private var owners: [ObjectIdentifier: MCPID] = [:]
  private let max: Int

  init(max: Int) { self.max = max }

  subscript(_ mcp: MCPID) -> StreamTransfer? { streams.isEmpty ? nil : streams[mcp] }

  /// Takes a stream in place of the one before, which closes.
  mutating func hold(_ stream: StreamTransfer, of mcp: MCPID) {
    close(mcp)
    streams[mcp] = stream
    owners[ObjectIdentifier(stream)] = mcp
  }

  /// Keeps the stream of this number and closes another; false when none is kept. Another probe's
  /// stream is not touched.
  mutating func keep(of mcp: MCPID, openedAt: Int64?, by slot: Slot) -> Bool {
    guard let stream = self[mcp], stream.listener === slot else { return false }
    stream.listener = nil
    if stream.openedAt == openedAt, streams.count <= max { return true }
    close(mcp)
    return false
  }

  /// libcurl is done with a stream, or the loop with waiting for its head.
  mutating func finish(_ stream: StreamTransfer, code: UInt32) {
    let end =
      stream.hasEnough
      ? .complete(redirectURL: nil) : stream.ending(code: code, at: Clock.nanoseconds)
    let listener = stream.listener
    listener?.leaveOpening()
    if let mcp = owners[ObjectIdentifier(stream)] { close(mcp) }
    listener?.streamEnded(end)
  }

  mutating func close(_ mcp: MCPID) {
    guard !streams.isEmpty, let stream = streams.removeValue(forKey: mcp) else { return }
    owners[ObjectIdentifier(stream)] = nil
    stream.multi?.remove(stream.easy)
    stream.listener?.stream = nil
    stream.listener = nil
    stream.detach()
  }

  mutating func closeAll() { for mcp in streams.keys { close(mcp) } }
}
