import NIOCore
import NIOHTTP1

/// Cuts a peer that sends its request too slowly, or takes its response too slowly.
///
/// Sits on the bytes; `RequestPhases`, behind the decoder, says where in a request they are. Both
/// belong to one event loop.
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

  init(bounds: WebBounds) { self.bounds = bounds }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    requestTimer?.cancel()
    stallTimer?.cancel()
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

  private func requestMustEnd(in time: Duration) {
    requestTimer?.cancel()
    guard let context else { return }
    requestTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
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

/// Tells `Deadlines` where a request is, and the server which requests end their connection.
final class RequestPhases: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

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
}
