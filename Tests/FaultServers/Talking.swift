import Foundation
import TestSupport

extension Scenario {
  /// T23: connections that end between two requests.
  static let keepAlive: [Scenario] = [
    Scenario("T23", "closes the connection after each answer") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send(response(headers: [json], body: discovery(id: request.id)))
    },
    Scenario("T23-race", "resets a kept connection when the next request comes") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send(response(headers: [json], body: discovery(id: request.id)))
      guard peer.readRequest() != nil else { return }
      peer.reset()
    },
  ]

  /// T24, T25 and T31: answers that are none.
  static let answers: [Scenario] =
    [
      text("T24-html", "a login page", "text/html", "<!doctype html><title>Log in</title>"),
      Scenario("T24-type", "the right answer as text/plain") { peer in
        peer.answerEach("text/plain") { discovery(id: $0.id) }
      },
      Scenario("T24-mark", "a byte order mark before the answer") { peer in
        peer.answerEach("application/json") { "\u{feff}" + discovery(id: $0.id) }
      },
      bytes("T24-utf8", "a name that is no UTF-8", [0xff, 0xfe, 0xc0, 0x80]),
      bytes("T24-surrogate", "a name with half a surrogate pair", Array(#"\ud800"#.utf8)),
      bytes("T24-control", "a name with escapes of a terminal", Array(#"\u001b[2J\u0000"#.utf8)),
      Scenario("T24-error", "an error message of control characters") { peer in
        peer.answerEach("application/json") { request in
          failure(request.id, -32603, #"\u001b]0;pwned\u0007<script>\r\nX: \u0000"#)
        }
      },
      text("T25-large", "10 MB of JSON", "application/json", "[" + zeros),
      text(
        "T25-deep", "arrays within arrays, 100,000 deep", "application/json",
        String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)),
      Scenario("T25-twice", "every member twice") { peer in
        peer.answerEach("application/json") { request in
          let members = #""resultType":"complete","supportedVersions":["2026-07-28"]"#
          let twice = result(request.id, "\(members),\(members)").dropLast()
          return "\(twice),\"id\":\(request.id),\"jsonrpc\":\"2.0\"}"
        }
      },
      Scenario("T25-exponent", "1e400 as id") {
        $0.answerEach("application/json") { _ in odd("1e400") }
      },
      Scenario("T25-nan", "NaN as id") { $0.answerEach("application/json") { _ in odd("NaN") } },
      Scenario("T25-integer", "an id of 400 digits") { peer in
        peer.answerEach("application/json") { _ in odd(String(repeating: "9", count: 400)) }
      },
      Scenario("T25-id", "the answer to another request") { peer in
        peer.answerEach("application/json") { discovery(id: $0.id + 7) }
      },
      Scenario("T25-batch", "the answer in an array, beside others") { peer in
        peer.answerEach("application/json") { request in
          "[\(notification),\(discovery(id: 99)),\(discovery(id: request.id))]"
        }
      },
      Scenario("T31-429", "429 with Retry-After: 7") { peer in
        peer.refuseEach("429 Too Many Requests", headers: ["Retry-After: 7"], "slow down")
      },
      Scenario("T31-503", "503 with Retry-After: 90000") { peer in
        peer.refuseEach("503 Service Unavailable", headers: ["Retry-After: 90000"], "later")
      },
    ]

  private static let zeros = String(repeating: "0,", count: 5_000_000) + "0]"

  private static func odd(_ id: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"result":{"supportedVersions":["2026-07-28"]}}"#
  }

  /// The same body for every request.
  private static func text(
    _ id: String, _ sentence: String, _ type: String,
    _ body: @autoclosure @escaping @Sendable () -> String
  ) -> Scenario {
    Scenario(id, sentence) { peer in peer.answerEach(type) { _ in body() } }
  }

  /// A healthy answer with these bytes in the server's name.
  private static func bytes(_ id: String, _ sentence: String, _ name: [UInt8]) -> Scenario {
    Scenario(id, sentence) { peer in
      while let request = peer.readRequest() {
        let parts = discovery(id: request.id).split(separator: "scripted", maxSplits: 1)
        let body = Array(parts[0].utf8) + name + Array(parts[1].utf8)
        peer.send("\(ok)\(json)\r\nContent-Length: \(body.count)\r\n\r\n")
        guard peer.send(body) else { return }
      }
    }
  }
}

extension Scenario {
  /// T26 and T27: sessions, streams and lists that go astray.
  static let catalogues: [Scenario] = [
    Scenario("T26-requests", "asks for sampling and elicitation before it answers") { peer in
      while let request = peer.readRequest() {
        let asking = ["sampling/createMessage", "elicitation/create", "ping", "roots/list"].map {
          event(#"{"jsonrpc":"2.0","id":\#(request.id),"method":"\#($0)","params":{}}"#)
        }
        peer.openStream(asking + [event(discovery(id: request.id))])
        guard peer.send("0\r\n\r\n") else { return }
      }
    },
    Scenario("T26-flood", "5,000 notifications before the answer") { peer in
      while let request = peer.readRequest() {
        let flood = String(repeating: event(notification), count: 5_000)
        peer.openStream([flood, event(discovery(id: request.id))])
        guard peer.send("0\r\n\r\n") else { return }
      }
    },
    Scenario("T26-mute", "takes initialize and never gives its result") { peer in
      while let request = peer.readRequest() {
        guard request.method != "initialize" else { return peer.waitForEnd() }
        peer.send(response("400 Bad Request", headers: [json], body: unknown(request)))
      }
    },
    listing("T26-loop", "a list whose cursor leads back to it") { _ in "again" },
    listing("T26-endless", "a list with a new cursor on each page") { page in "\(page + 1)" },
    listing("T26-items", "a list of 1,000,000 tools", perPage: 1000) { page in
      page < 1000 ? "\(page + 1)" : nil
    },
    Scenario("T26-dripping", "a list that comes a byte each 20 ms") { peer in
      while let request = peer.readRequest() {
        guard request.method == "tools/list" else {
          peer.send(response(headers: [json], body: discovery(id: request.id, capabilities: tools)))
          continue
        }
        guard peer.send("\(ok)\(json)\r\n\r\n{") else { return }
        return peer.trickle(" ")
      }
    },
    session("T27-split", "a session id with a CR in it", "abc\rX-Evil: 1"),
    session("T27-long", "a session id of 8193 bytes", letters(8193)),
    session("T27-blank", "a session id with a blank", "a b"),
    session("T27", "a session id of 8192 bytes", letters(8192)),
  ]

  static let tools = #"{"tools":{}}"#

  static func unknown(_ request: Peer.Request) -> String {
    failure(request.id, -32601, "Method not found")
  }

  /// `next`: the cursor on page N, counted from 0.
  private static func listing(
    _ id: String, _ sentence: String, perPage: Int = 1,
    next: @escaping @Sendable (Int) -> String?
  ) -> Scenario {
    Scenario(id, sentence) { peer in
      peer.answerEach("application/json") { request in
        guard request.method == "tools/list" else {
          return discovery(id: request.id, capabilities: tools)
        }
        let page = Int(request.cursor ?? "0") ?? 0
        let items = (0..<perPage).map { #"{"name":"t\#(page)-\#($0)","inputSchema":{}}"# }
        let cursor = next(page).map { #","nextCursor":"\#($0)""# } ?? ""
        return result(
          request.id,
          #""resultType":"complete","tools":[\#(items.joined(separator: ","))]\#(cursor)"#)
      }
    }
  }

  /// A server of 2025-11-25 that gives out this session id.
  private static func session(_ id: String, _ sentence: String, _ session: String) -> Scenario {
    Scenario(id, sentence) { peer in
      peer.answerEach { request in
        switch request.method {
        case "initialize":
          response(
            headers: [json, "Mcp-Session-Id: \(session)"],
            body: Scenario.initialization(request.id))
        case initialized: response("202 Accepted", body: "")
        case "ping": response(headers: [json], body: result(request.id, ""))
        default: response("400 Bad Request", headers: [json], body: unknown(request))
        }
      }
    }
  }

  static func initialization(_ id: Int, version: String = "2025-11-25") -> String {
    result(
      id,
      #""protocolVersion":"\#(version)","capabilities":{},"serverInfo":{"name":"s","version":"1"}"#)
  }
}
