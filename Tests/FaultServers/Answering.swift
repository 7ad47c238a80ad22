import Foundation
import TestSupport

let stream = "Content-Type: text/event-stream"
let ok = "HTTP/1.1 200 OK\r\n"
let initialized = "notifications/initialized"

extension Peer.Request {
  /// The members of its JSON body.
  var object: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
  }
  /// The method that is asked for.
  var method: String { object["method"] as? String ?? "" }
  var path: Substring { line.split(separator: " ").dropFirst().first ?? "" }
  var cursor: String? { (object["params"] as? [String: Any])?["cursor"] as? String }
}

/// A response to request `id`.
func result(_ id: Int, _ members: String) -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"result":{\#(members)}}"#
}

func failure(_ id: Int, _ code: Int, _ message: String) -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(message)"}}"#
}

func event(_ data: String) -> String { "event: message\ndata: \(data)\n\n" }

func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

func letters(_ count: Int) -> String { String(repeating: "x", count: count) }

extension Peer {
  /// Sends a piece again and again, as fast as it is taken, until the client is gone.
  func sendForever(_ text: String) {
    let bytes = Array(text.utf8)
    while send(bytes) {}
  }

  /// Sends a piece every 20 ms until the client is gone.
  func trickle(_ text: String) {
    while send(text) && hearsNothing(for: 20) {}
  }

  /// Reads a request, sends this, and waits for the client to go.
  func answer(_ text: String) {
    guard readRequest() != nil else { return }
    send(text)
    waitForEnd()
  }

  /// Answers each request with what is made of it.
  func answerEach(_ make: (Request) -> String) {
    while let request = readRequest() {
      guard send(make(request)) else { return }
    }
  }

  /// A whole body of this media type for each request.
  func answerEach(_ type: String, body: (Request) -> String) {
    answerEach { response(headers: ["Content-Type: \(type)"], body: body($0)) }
  }

  /// A status with a body of text for each request.
  func refuseEach(_ status: String, headers: [String] = [], _ body: String = "") {
    answerEach { _ in
      response(status, headers: headers + ["Content-Type: text/plain"], body: body)
    }
  }

  /// A stream that begins with these events, each sent as it is.
  func openStream(_ events: [String] = []) {
    send("\(ok)\(stream)\r\nTransfer-Encoding: chunked\r\n\r\n")
    for event in events { send(chunk(event)) }
  }
}
