import TestSupport

extension Scenario {
  /// T10 and T11: bodies that are not as long as they say.
  static let malformed: [Scenario] = [
    Scenario("T10-short", "a Content-Length of less than the body") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("\(ok)\(json)\r\nContent-Length: 10\r\n\r\n\(discovery(id: request.id))")
      peer.waitForEnd()
    },
    Scenario("T10-long", "a Content-Length of more than the body, then the end") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("\(ok)\(json)\r\nContent-Length: 9999\r\n\r\n\(discovery(id: request.id))")
    },
    Scenario("T10-waiting", "a Content-Length of more than the body, then silence") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("\(ok)\(json)\r\nContent-Length: 9999\r\n\r\n\(discovery(id: request.id))")
      peer.waitForEnd()
    },
    Scenario("T10-negative", "a Content-Length below zero") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("\(ok)\(json)\r\nContent-Length: -1\r\n\r\n\(discovery(id: request.id))")
    },
    Scenario("T10-huge", "a Content-Length of more than 64 bits") { peer in
      peer.answer("\(ok)\(json)\r\nContent-Length: 99999999999999999999999\r\n\r\n{}")
    },
    Scenario("T10-two", "two Content-Lengths that differ") { peer in
      guard let request = peer.readRequest() else { return }
      let body = discovery(id: request.id)
      peer.send("\(ok)\(json)\r\nContent-Length: 5\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
      peer.send(body)
      peer.waitForEnd()
    },
    Scenario("T11-size", "a chunk whose size is no number") { peer in
      peer.answer("\(ok)\(json)\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
    },
    Scenario("T11-overflow", "a chunk of more than 64 bits") { peer in
      peer.answer("\(ok)\(json)\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff1\r\n{}")
    },
    Scenario("T11-end", "a chunk without its line end") { peer in
      peer.answer("\(ok)\(json)\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}{}{}\r\n0\r\n\r\n")
    },
    Scenario("T11-cut", "chunks that break off") { peer in
      guard peer.readRequest() != nil else { return }
      peer.send("\(ok)\(json)\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{\"jsonrpc\":")
    },
    Scenario("T11-trailers", "trailers without end") { peer in
      guard let request = peer.readRequest() else { return }
      peer.send("\(ok)\(json)\r\nTransfer-Encoding: chunked\r\n\r\n")
      peer.send("\(chunk(discovery(id: request.id)))0\r\n")
      peer.sendForever("X-Trailer: \(letters(1000))\r\n")
    },
  ]
}

extension Scenario {
  /// T12 to T14: elsewhere.
  static let redirects: [Scenario] =
    ["file:///etc/passwd", "gopher://127.0.0.1/x", "scp://127.0.0.1/x", "ldap://127.0.0.1/x"].map {
      url in
      let scheme = url.prefix { $0 != ":" }
      return Scenario("T12-\(scheme)", "a redirect to \(url)") { peer in
        peer.refuseEach("307 Temporary Redirect", headers: ["Location: \(url)"])
      }
    } + [
      Scenario("T12-found", "a 302, which would make a GET of a POST") { peer in
        peer.refuseEach("302 Found", headers: ["Location: /login"], "log in first")
      },
      Scenario("T13", "a redirect to itself") { peer in
        peer.refuseEach("307 Temporary Redirect", headers: ["Location: /mcp"])
      },
      Scenario("T13-hops", "50 redirects, each to another path") { peer in
        peer.answerEach { request in
          let hop = Int(request.path.dropFirst(4)) ?? 0
          return hop < 50
            ? response("308 Permanent Redirect", headers: ["Location: /mcp\(hop + 1)"], body: "")
            : response(headers: [json], body: discovery(id: request.id))
        }
      },
      Scenario("T13-one", "one redirect on the same origin, as servers do for a slash") { peer in
        peer.answerEach { request in
          request.path == "/mcp/"
            ? response(headers: [json], body: discovery(id: request.id))
            : response("307 Temporary Redirect", headers: ["Location: /mcp/"], body: "")
        }
      },
      elsewhere("T14", "a redirect to another host, this one by another name") {
        "http://localhost:\($0)/mcp"
      },
      elsewhere("T14-backslash", "the same, with its own host before a backslash") {
        #"http://127.0.0.1:\#($0)\@localhost:\#($0)/mcp"#
      },
      elsewhere("T14-userinfo", "the same, with its own host as userinfo") {
        "http://127.0.0.1:\($0)@localhost:\($0)/mcp"
      },
      elsewhere("T14-port", "a redirect to another port of the same host") { _ in
        "http://127.0.0.1:9/mcp"
      },
    ]

  /// Redirects what comes under its own host; is healthy under the other.
  private static func elsewhere(
    _ id: String, _ sentence: String, location: @escaping @Sendable (Int) -> String
  ) -> Scenario {
    Scenario(id, sentence) { peer in
      let header = "Location: \(location(peer.port))"
      peer.answerEach { request in
        request.headers["host"]?.hasPrefix("localhost") == true
          ? response(headers: [json], body: discovery(id: request.id))
          : response("307 Temporary Redirect", headers: [header], body: "")
      }
    }
  }
}
