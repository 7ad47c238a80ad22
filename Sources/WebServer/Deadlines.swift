import Agent
import NIOCore

/// Cuts a peer that sends its request too slowly, or takes its response too slowly.
///
/// Sits on the bytes; `HTTPPhases`, behind the codec, says what they belong to. Both live on one
/// event loop.
final class Deadlines: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private enum Phase {
    /// Nothing of a request has come: the first one, or one more.
    case silent, between
    case head, body
    /// There are no more requests; what comes is thrown away.
    case over
  }

  private let bounds: WebBounds
  private let connections: Connections
  private var context: ChannelHandlerContext?
  private var phase = Phase.silent
  private var requestTimer: Scheduled<Void>?
  /// Writes that the socket has not taken yet, and when it last took one or had none.
  private var pendingWrites = 0
  private var tookLast = NIODeadline.now()
  private var stallTimer: Scheduled<Void>?
  /// Heads that came, responses that began, and those that the socket has taken whole.
  private var requests = 0
  private var responses = 0
  private var endedResponses = 0
  private var responseTimer: Scheduled<Void>?

  init(bounds: WebBounds, connections: Connections) {
    self.bounds = bounds
    self.connections = connections
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    requestTimer?.cancel()
    stallTimer?.cancel()
    responseTimer?.cancel()
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    requestMustEnd(in: bounds.headTimeout)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch phase {
    case .over: return
    case .silent, .between:
      connections.works(context.channel)
      if phase == .between { requestMustEnd(in: bounds.headTimeout) }
      phase = .head
    case .head, .body: break
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if pendingWrites == 0 { tookLast = .now() }
    pendingWrites += 1
    let taken = promise ?? context.eventLoop.makePromise()
    taken.futureResult.assumeIsolated().whenComplete { _ in
      self.pendingWrites -= 1
      self.tookLast = .now()
    }
    context.write(data, promise: taken)
    if stallTimer == nil { watchWrites(context) }
  }
}

// MARK: Where requests and responses are

extension Deadlines {
  /// The response to the last request that came has begun.
  var isAnswered: Bool { responses == requests }

  /// The head has come; its body may follow.
  func headEnded() {
    requests += 1
    phase = .body
    requestMustEnd(in: bounds.bodyTimeout)
  }

  /// The whole request has come.
  func requestEnded(isLast: Bool) {
    phase = isLast ? .over : .between
    requestTimer?.cancel()
    requestTimer = nil
    rest()
  }

  /// A response's head is written.
  func responseBegan() {
    responses += 1
    if responseTimer == nil { responseTimer = close(in: bounds.responseTimeout) }
  }

  /// The socket has taken a response's last byte.
  func responseEnded() {
    endedResponses += 1
    responseTimer?.cancel()
    responseTimer = endedResponses < responses ? close(in: bounds.responseTimeout) : nil
    rest()
  }

  /// When everything is answered: the next request is waited for, or the peer's closing.
  private func rest() {
    guard endedResponses == requests, let context else { return }
    switch phase {
    case .between: connections.rests(context.channel)
    case .over: requestTimer = close(in: bounds.lingerTimeout)
    case .silent, .head, .body: break
    }
  }
}

// MARK: Timers

extension Deadlines {
  private func requestMustEnd(in time: Duration) {
    requestTimer?.cancel()
    requestTimer = after(time) { $0.requestIsLate($1) }
  }

  private func close(in time: Duration) -> Scheduled<Void>? {
    after(time) { $1.close(promise: nil) }
  }

  private func after(
    _ time: Duration, _ act: @escaping (Deadlines, ChannelHandlerContext) -> Void
  ) -> Scheduled<Void>? {
    context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
      if let context = self.context { act(self, context) }
    }
  }

  private func requestIsLate(_ context: ChannelHandlerContext) {
    if phase == .silent || !endUnanswered(saying: "408 Request Timeout") {
      return context.close(promise: nil)
    }
    connections.countRefusal(.slow)
  }

  /// Says this, and that there is no more, to who has not sent all of a request; false where it
  /// could be taken for the answer to another one.
  func endUnanswered(saying status: String) -> Bool {
    let answered = phase == .body ? requests - 1 : requests
    guard phase != .over, responses == answered, endedResponses == answered, let context else {
      return false
    }
    phase = .over
    let answer = "HTTP/1.1 \(status)\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(string: answer))), promise: nil)
    context.close(mode: .output, promise: nil)
    requestTimer?.cancel()
    requestTimer = close(in: bounds.lingerTimeout)
    return true
  }

  private func watchWrites(_ context: ChannelHandlerContext) {
    let end = tookLast + TimeAmount(bounds.stallTimeout)
    stallTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) {
      self.stallTimer = nil
      guard let context = self.context, self.pendingWrites > 0 else { return }
      if self.tookLast + TimeAmount(self.bounds.stallTimeout) <= .now() {
        context.close(promise: nil)
      } else {
        self.watchWrites(context)
      }
    }
  }
}
