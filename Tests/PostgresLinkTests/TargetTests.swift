import Agent
import PostgresLink
import Signals
import Testing

private func target(_ url: String) throws(LinkError) -> ConnectionTarget {
  try ConnectionTarget(url: Secret(url))
}

extension ConnectionTarget.Host {
  fileprivate func option(_ keyword: String) -> String? {
    options.first { $0.keyword == keyword }?.value.exposed
  }
}

@Suite struct TargetTests {
  @Test func hostsAreSplit() throws {
    let cases: [(hosts: String?, addresses: String?, ports: String?, places: [Place])] = [
      (nil, nil, nil, [Place()]),
      ("a", nil, nil, [Place(host: "a")]),
      ("a,b", nil, "1", [Place(host: "a", port: "1"), Place(host: "b", port: "1")]),
      ("a,b", nil, "1,2", [Place(host: "a", port: "1"), Place(host: "b", port: "2")]),
      ("a,b", nil, ",2", [Place(host: "a"), Place(host: "b", port: "2")]),
      (",b", nil, nil, [Place(), Place(host: "b")]),
      (nil, "::1,10.0.0.1", nil, [Place(address: "::1"), Place(address: "10.0.0.1")]),
      (
        "a,b", "1.1.1.1,2.2.2.2", "5433",
        [
          Place(host: "a", address: "1.1.1.1", port: "5433"),
          Place(host: "b", address: "2.2.2.2", port: "5433"),
        ]
      ),
    ]
    for (hosts, addresses, ports, places) in cases {
      #expect(try Place.split(hosts: hosts, addresses: addresses, ports: ports) == places)
    }
    #expect(Place(host: "::1", port: "5432").name == "[::1]:5432")
    #expect(Place(host: "/run/postgresql", port: "5432").name == "/run/postgresql:5432")
    #expect(Place().name == "the default socket")
    #expect(Place(host: "db").unresolved == "db")
    for place in [
      Place(host: "db", address: "::1"), Place(host: "/run"), Place(host: "@a"),
      Place(host: "10.0.0.1"),
      Place(host: "fe80::1%eth0"), Place(),
    ] {
      #expect(place.unresolved == nil)
    }
  }

  @Test func listsThatDoNotGoTogetherAreRefused() {
    let many = Array(repeating: "a", count: 33).joined(separator: ",")
    let cases: [(hosts: String?, addresses: String?, ports: String?)] = [
      ("a,b", "1.1.1.1", nil), ("a", "1.1.1.1,2.2.2.2", nil), ("a,b", nil, "1,2,3"),
      ("a", nil, "1,2"), ("a", nil, "http"), ("a", nil, "0"), ("a", nil, "65536"),
      ("a", nil, "-1"), (many, nil, nil),
    ]
    for (hosts, addresses, ports) in cases {
      #expect(throws: LinkError.self) {
        try Place.split(hosts: hosts, addresses: addresses, ports: ports)
      }
    }
  }

  @Test func whatALinkNeedsIsAdded() throws {
    let one = try target("postgresql://u:p@a:1,b:2/db?keepalives_idle=77&connect_timeout=3")
    #expect(one.hosts.map(\.name) == ["a:1", "b:2"])
    for host in one.hosts {
      #expect(host.timeout == .seconds(3))
      #expect(host.option("dbname") == "db" && host.option("user") == "u")
      #expect(host.option("keepalives_idle") == "77")
      #expect(host.option("keepalives_interval") == "3")
      #expect(host.option("keepalives_count") == "3")
      #expect(host.option("tcp_user_timeout") == "10000")
      #expect(host.option("fallback_application_name") == "breakwater")
      #expect(host.option("client_encoding") == "UTF8")
      #expect(host.option("target_session_attrs") == "read-write")
    }
    #expect(one.hosts.last?.option("host") == "b" && one.hosts.last?.option("port") == "2")
    let attributes = [
      "primary": "primary", "any": "read-write", "standby": "read-write", "read-only": "read-write",
    ]
    for (given, made) in attributes {
      let host = try target("postgresql://a/?target_session_attrs=\(given)").hosts.first
      #expect(host?.option("target_session_attrs") == made)
    }
    #expect(try target("postgresql://a").hosts.first?.timeout == .seconds(5))
    #expect(try target("postgresql://a/?connect_timeout=0").hosts.first?.timeout == .seconds(5))
    #expect(try target("host=a,b port=7").hosts.map(\.name) == ["a:7", "b:7"])
  }

  @Test func nothingOfABadURLIsRepeated() {
    let urls = [
      "postgresql://u:canary%zz@h/db", "postgresql://u:p@canary@h/db", "postgresql://u:canary/x@h",
      "postgresql://u:can/ary@h:1/db", "postgresql://u@[canary/db", "postgresql://u@h:canary/db",
      "postgresql://u@h/db?canary", "postgresql://u@h/db?canary=canary", "host=h password canary",
      "password='canary", "canary", "postgresql://u:canary\0@h/db", "postgresql://u:can%00ary@h",
      "postgresql://u:\"canary\"%z@h/db", "host=h pass\"canary word",
    ]
    for url in urls {
      let error = failure { () throws(LinkError) in _ = try target(url) }
      #expect(error != nil, "\(url)")
      #expect(
        "\(error.map { "\($0)" } ?? "")".contains("ary") == false, "\(String(describing: error))")
    }
  }
}

@Suite struct FailureTests {
  @Test func codesHaveReasons() {
    let cases: [(code: String, reason: PostgresFailure)] = [
      ("08006", .lost), ("08P01", .other), ("22001", .data), ("22P02", .data), ("23503", .data),
      ("23505", .data), ("25006", .readOnly), ("28000", .auth), ("28P01", .auth),
      ("40001", .conflict), ("40P01", .conflict), ("42501", .permission),
      ("42703", .foreignSchema), ("42P01", .foreignSchema), ("53100", .full), ("53200", .full),
      ("53300", .busy), ("55P03", .conflict), ("57014", .timeout), ("57P01", .lost),
      ("57P02", .lost), ("57P03", .busy), ("57P05", .lost), ("25P03", .lost), ("XX000", .other),
      ("", .other), ("42601", .other),
    ]
    for (code, reason) in cases { #expect(SQLState.reason(of: code) == reason, "\(code)") }
  }

  @Test func libpqsWordsHaveReasons() {
    let at = "connection to server at \"db\" (10.0.0.1), port 5432 failed: "
    let cases: [(text: String, reason: PostgresFailure, state: String?, detail: String)] = [
      (
        at + "FATAL:  28P01: password authentication failed for user \"u\"\n"
          + "LOCATION:  auth_failed, auth.c:326\n",
        .auth, "28P01", "password authentication failed for user \"u\""
      ),
      // In another language, and with a second attempt that is refused for being the second.
      (
        at + "FATAL:  28P01: Passwort falsch\nLOCATION:  auth_failed, auth.c:326\n"
          + at + "FATAL:  28000: kein pg_hba.conf-Eintrag",
        .auth, "28P01", "Passwort falsch; kein pg_hba.conf-Eintrag"
      ),
      (at + "FATAL:  57P03: the database system is starting up", .busy, "57P03", ""),
      (at + "FATAL:  57P01: terminating", .busy, "57P01", ""),
      (at + "FATAL:  53300: sorry, too many clients already", .busy, "53300", ""),
      (at + "Connection refused\n\tIs the server running?", .unreachable, nil, ""),
      (at + "session is read-only", .readOnly, nil, ""),
      (at + "server is in hot standby mode", .readOnly, nil, ""),
      (at + "SSL error: certificate verify failed", .tls, nil, ""),
      (at + "server does not support SSL, but SSL was required", .tls, nil, ""),
      (at + "fe_sendauth: no password supplied", .auth, nil, ""),
      ("", .unreachable, nil, "no word from libpq"),
    ]
    for (text, reason, state, detail) in cases {
      let error = ConnectFailure.error(text)
      #expect(error.reason == reason && error.sqlState == state, "\(text)")
      if !detail.isEmpty { #expect(error.detail == detail) }
      #expect(!error.detail.contains("connection to server"))
    }
  }

  @Test func theReasonOfSeveralHostsIsTheOneThatPeopleCanMend() {
    func reason(_ reasons: PostgresFailure...) -> PostgresFailure {
      ConnectFailure.together(reasons.map { ("h", LinkError($0, detail: "")) }).reason
    }
    #expect(reason(.unreachable, .readOnly) == .readOnly)
    #expect(reason(.readOnly, .busy) == .busy)
    #expect(reason(.unreachable, .auth) == .auth)
    #expect(reason(.tls, .auth) == .auth)
    #expect(reason(.unreachable) == .unreachable)
  }

  @Test func wordsOfServersFitIntoALine() {
    #expect(ServerText.line("one\n  two\u{1b}[31m\tthree\u{0}\n") == "one two[31m three")
    #expect(ServerText.line("").isEmpty)
    let long = ServerText.line(String(repeating: "word ", count: 1000))
    #expect(long.utf8.count <= ServerText.longest + 4 && long.hasSuffix(" ..."))
    let one = ServerText.line(String(repeating: "w", count: 1000))
    #expect(one.utf8.count <= ServerText.longest + 4)
  }

  @Test func secretsAreCutOut() {
    let cut = ServerText.without(
      ["hunter2 &", "ab", ""].map(Secret.init), in: "x hunter2 & y hunter2%20%26 ab")
    #expect(cut == "x <secret> y <secret> ab")
  }
}
