import Agent
import NIOCore
import NIOHTTP1

/// Between the codec and the server: tells `Deadlines` where requests and responses are, lets no
/// unfit request through, and says which request is its connection's last.
final class HTTPPhases: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let deadlines: Deadlines
  private let connections: Connections
  /// The request under way, or the one before, is the last.
  private var isLast = false
  /// A head has come whose body has not ended.
  private var isInBody = false

  init(_ deadlines: Deadlines, _ connections: Connections) {
    self.deadlines = deadlines
    self.connections = connections
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      guard !isLast else { return }
      if let unfit = RequestRules.unfit(head) { return refuse(unfit, head.method, context) }
      begin(head, context)
    case .body:
      if isInBody { context.fireChannelRead(data) }
    case .end:
      if isInBody { end(data, context) }
    }
  }

  private func begin(_ given: HTTPRequestHead, _ context: ChannelHandlerContext) {
    var head = given
    isInBody = true
    deadlines.headEnded()
    // Nobody speaks another protocol here, and the parser reads on after none of these.
    if !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "upgrade") {
      isLast = true
      // The server compares this header word by word, and does not see HTTP/1.0.
      head.headers.replaceOrAdd(name: "connection", value: "close")
    }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  private func end(_ part: NIOAny, _ context: ChannelHandlerContext) {
    isInBody = false
    deadlines.requestEnded(isLast: isLast)
    context.fireChannelRead(part)
  }

  private func refuse(_ unfit: Unfit, _ method: HTTPMethod, _ context: ChannelHandlerContext) {
    isLast = true
    deadlines.headEnded()
    context.fireChannelRead(wrapInboundOut(.head(unfit.placeholder(method))))
    end(wrapInboundOut(.end(nil)), context)
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    if isInBody {
      isLast = true
      isInBody = false
      guard !deadlines.isAnswered else {
        return end(wrapInboundOut(.end(nil)), context)
      }
      // Whoever reads the body must see that it has not ended.
      defer { context.fireErrorCaught(error) }
      guard context.channel.isActive, deadlines.endUnanswered(saying: "400 Bad Request") else {
        return deadlines.requestEnded(isLast: true)
      }
      connections.countRefusal(.syntax)
    } else if !isLast && context.channel.isActive {
      refuse(error == .headerOverflow ? .head : .syntax, .GET, context)
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
