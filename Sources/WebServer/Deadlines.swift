import NIOCore
import NIOHTTP1

/// Cuts a peer that sends its request too slowly, or takes its response too slowly.
///
/// Sits on the bytes; `HTTPPhases`, behind the codec, says what they belong to. Both live on one
/// event loop.
final class Deadlines: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private let bounds: WebBounds
  private var context: ChannelHandlerContext?
  /// Nothing of a next request has come.
  private var isBetweenRequests = false
  private var requestTimer: Scheduled<Void>?
  /// Writes that the socket has not taken yet, and how many it ever took.
  private var pendingWrites = 0
  private var completedWrites: UInt64 = 0
  private var stallTimer: Scheduled<Void>?
  /// Responses that have begun and that the socket has not taken whole.
  private var openResponses = 0
  private var responseTimer: Scheduled<Void>?

  init(bounds: WebBounds) { self.bounds = bounds }

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
    if isBetweenRequests {
      isBetweenRequests = false
      requestMustEnd(in: bounds.headTimeout)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    pendingWrites += 1
    let taken = promise ?? context.eventLoop.makePromise()
    taken.futureResult.assumeIsolated().whenComplete { _ in
      self.pendingWrites -= 1
      self.completedWrites += 1
    }
    context.write(data, promise: taken)
    if stallTimer == nil { watchWrites(context) }
  }

  /// The head has come; its body may follow.
  func headEnded() { requestMustEnd(in: bounds.bodyTimeout) }

  /// The whole request has come.
  func requestEnded() {
    isBetweenRequests = true
    requestTimer?.cancel()
    requestTimer = nil
  }

  /// A response's head is written.
  func responseBegan() {
    openResponses += 1
    if responseTimer == nil { responseTimer = close(in: bounds.responseTimeout) }
  }

  /// The socket has taken a response's last byte.
  func responseEnded() {
    openResponses -= 1
    responseTimer?.cancel()
    responseTimer = openResponses > 0 ? close(in: bounds.responseTimeout) : nil
  }

  private func requestMustEnd(in time: Duration) {
    requestTimer?.cancel()
    requestTimer = close(in: time)
  }

  private func close(in time: Duration) -> Scheduled<Void>? {
    context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
      self.context?.close(promise: nil)
    }
  }

  private func watchWrites(_ context: ChannelHandlerContext) {
    let completedBefore = completedWrites
    let loop = context.eventLoop.assumeIsolated()
    stallTimer = loop.scheduleTask(in: TimeAmount(bounds.stallTimeout)) {
      self.stallTimer = nil
      guard let context = self.context, self.pendingWrites > 0 else { return }
      if self.completedWrites == completedBefore {
        context.close(promise: nil)
      } else {
        self.watchWrites(context)
      }
    }
  }
}

/// Tells `Deadlines` where requests and responses are, and the server which requests end their
/// connection.
final class HTTPPhases: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let deadlines: Deadlines

  init(_ deadlines: Deadlines) { self.deadlines = deadlines }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(var head):
      deadlines.headEnded()
      // The server compares this header word by word, and does not see HTTP/1.0.
      if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body:
      context.fireChannelRead(data)
    case .end:
      deadlines.requestEnded()
      context.fireChannelRead(data)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      deadlines.responseBegan()
      context.write(data, promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      let taken = promise ?? context.eventLoop.makePromise()
      taken.futureResult.assumeIsolated().whenComplete { _ in self.deadlines.responseEnded() }
      context.write(data, promise: taken)
    }
  }
}
