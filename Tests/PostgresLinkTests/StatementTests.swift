import Agent
import PostgresLink
import TestSupport
import Testing

/// Big-endian, as the wire has it.
private func wire<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}

/// One dimension, lower bound 1.
private func array(of oid: Int32, _ elements: [[UInt8]?]) -> [UInt8] {
  let hasNull: Int32 = elements.contains { $0 == nil } ? 1 : 0
  let head = wire(Int32(1)) + wire(hasNull) + wire(oid) + wire(Int32(elements.count))
  return elements.reduce(head + wire(Int32(1))) { bytes, element in
    bytes + (element.map { wire(Int32($0.count)) + $0 } ?? wire(Int32(-1)))
  }
}

private func statement(_ sql: String, _ values: [(oid: UInt32, bytes: [UInt8]?)]) -> Statement {
  var parameters = Parameters()
  for value in values {
    if let bytes = value.bytes {
      parameters.append(oid: value.oid) { $0 += bytes }
    } else {
      parameters.appendNull(oid: value.oid)
    }
  }
  return Statement(sql, parameters)
}

@Suite struct StatementTests {
  /// What goes in comes out, and the server reads it as the text says.
  @Test func everyTypeGoesThereAndBack() async throws {
    let cases: [(type: String, oid: UInt32, bytes: [UInt8]?, text: String?)] = [
      ("int2", 21, wire(Int16(-3)), "-3"),
      ("int4", 23, wire(Int32.min), "-2147483648"),
      ("int8", 20, wire(Int64.max), "9223372036854775807"),
      ("bool", 16, [1], "true"),
      ("text", 25, Array("zażółć 🐟".utf8), "zażółć 🐟"),
      ("text", 25, [], ""),
      ("text", 25, nil, nil),
      ("timestamptz", 1184, wire(Int64(1_000_001)), "2000-01-01 00:00:01.000001+00"),
      ("jsonb", 3802, [1] + Array(#"{"a": 1}"#.utf8), #"{"a": 1}"#),
      ("int8[]", 1016, array(of: 20, [wire(Int64(7)), nil, wire(Int64(-7))]), "{7,NULL,-7}"),
      ("text[]", 1009, array(of: 25, [Array("a,b".utf8), nil, []]), #"{"a,b",NULL,""}"#),
      ("text[]", 1009, array(of: 25, []), "{}"),
      ("bool[]", 1000, array(of: 16, [[0], nil]), "{f,NULL}"),
    ]
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(script: "SET TimeZone = 'UTC'", within: .seconds(10))
    for (type, oid, bytes, text) in cases {
      let rows = try connection.execute(
        statement("SELECT $1::\(type), $1::\(type)::text", [(oid, bytes)]), within: .seconds(10))
      #expect(rows.text(0, 1) == text, "\(type)")
      // An empty array comes back without dimensions.
      if text != "{}" { #expect(rows.bytes(0, 0) == bytes, "\(type)") }
    }
  }

  @Test func aCellOfAnotherSizeIsNothing() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    let rows = try connection.execute(
      "SELECT 2::int2, 'abc', true, NULL::int4, '{}'::jsonb, -5::int8")
    #expect(rows.count == 1 && rows.columns == 6)
    #expect(rows.int64(0, 0) == 2)
    #expect(rows.int64(0, 1) == nil && rows.bool(0, 1) == nil)
    #expect(rows.bool(0, 2) == true && rows.int64(0, 2) == nil)
    #expect(rows.isNull(0, 3) && rows.int64(0, 3) == nil && rows.text(0, 3) == nil)
    #expect(rows.text(0, 4) == "{}")
    #expect(rows.int64(0, 5) == -5)
    for (row, column) in [(1, 0), (-1, 0), (0, 6), (0, -1), (Int.max, Int.max)] {
      #expect(rows.isNull(row, column) && rows.bytes(row, column) == nil)
    }
    #expect(Rows().count == 0 && Rows().int64(0, 0) == nil)
  }

  @Test func rowsThatAreTouchedAreCounted() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(
      script: "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 30)",
      within: .seconds(10))
    #expect(try connection.execute("UPDATE t SET a = a + 1 WHERE a > 10").affected == 20)
    #expect(try connection.execute("DELETE FROM t").affected == 30)
    #expect(try connection.execute("CREATE TABLE u ()").affected == 0)
  }

  @Test func anErrorLeavesTheSessionUsable() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    let cases: [(sql: String, state: String, reason: PostgresFailure)] = [
      ("SELECT 1/0", "22012", .data),
      ("SELECT FROM nothing", "42P01", .foreignSchema),
      ("SELECT", "", .other),
      ("SELEC", "42601", .other),
      ("SELECT 1; SELECT 2", "42601", .other),
      ("SELECT $1", "08P01", .other),
    ]
    for (sql, state, reason) in cases {
      let error = failure { () throws(LinkError) in _ = try connection.execute(sql) }
      #expect(error?.sqlState ?? "" == state, "\(sql)")
      #expect(error?.reason ?? .other == reason, "\(sql)")
      #expect(try connection.execute("SELECT 1").int64(0, 0) == 1)
    }
    let error = failure { () throws(LinkError) in
      try connection.run(script: "BEGIN; SELECT 1; SELECT 1/0; SELECT 2", within: .seconds(10))
    }
    #expect(error?.sqlState == "22012")
    #expect(connection.transactionStatus == .inError)
    try connection.run(script: "ROLLBACK", within: .seconds(10))
    #expect(connection.transactionStatus == .idle)
  }

  @Test func anAnswerWithoutEndIsGivenUp() async throws {
    let url = try await PostgresDatabase.fresh()
    let link = try Link()
    let connection = try link.open(url)
    let error = failure { () throws(LinkError) in
      _ = try connection.execute("SELECT repeat('x', 1000000) FROM generate_series(1, 1000000)")
    }
    #expect(error?.reason == .other && error?.detail.contains("more than") == true)
    #expect(!connection.isUsable && link.cancels.count == 1)
  }

  @Test func aFailureAfterSomeRowsIsAFailure() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    let error = failure { () throws(LinkError) in
      _ = try connection.execute("SELECT 1 / (1000 - n) FROM generate_series(1, 1000) n")
    }
    #expect(error?.sqlState == "22012")
    let rows = try connection.execute("SELECT n::int8 FROM generate_series(1, 1000) n")
    #expect(rows.count == 1000 && rows.int64(999, 0) == 1000 && rows.affected == 1000)
    #expect(try connection.execute("SELECT 1 WHERE false").count == 0)
  }

  @Test func aCopyWhereNoneIsExpectedEndsTheSession() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(script: "CREATE TABLE t (a int)", within: .seconds(10))
    let error = failure { () throws(LinkError) in
      _ = try connection.execute("COPY t FROM STDIN")
    }
    #expect(error?.reason == .other)
    #expect(!connection.isUsable)
    #expect(
      failure { () throws(LinkError) in _ = try connection.execute("SELECT 1") }?.reason == .lost)
  }
}

@Suite struct PipelineTests {
  @Test func statementsAreSentTogetherAndAnsweredInOrder() async throws {
    let cluster = try await PostgresCluster()
    let connection = try Link().open(cluster.url())
    try connection.run(script: "CREATE TABLE t (a int UNIQUE)", within: .seconds(10))
    let rows = try connection.pipeline(
      [
        Statement("BEGIN"),
        statement("INSERT INTO t VALUES ($1), ($2)", [(23, wire(Int32(1))), (23, wire(Int32(2)))]),
        Statement("SELECT count(*) FROM t"), Statement("COMMIT"),
      ], within: .seconds(10))
    #expect(rows.map(\.affected) == [0, 2, 1, 0])
    #expect(rows.count == 4 && rows[2].int64(0, 0) == 2)
    #expect(connection.transactionStatus == .idle)
    #expect(try connection.pipeline([], within: .seconds(10)).isEmpty)
    #expect(try await cluster.psql("SELECT count(*) FROM t") == "2")
  }

  @Test func anErrorInTheMiddleTakesEverythingBack() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(script: "CREATE TABLE t (a int UNIQUE)", within: .seconds(10))
    let error = failure { () throws(LinkError) in
      _ = try connection.pipeline(
        [
          Statement("INSERT INTO t VALUES (1)"), Statement("INSERT INTO t VALUES (1)"),
          Statement("INSERT INTO t VALUES (2)"), Statement("SELECT 1"),
        ], within: .seconds(10))
    }
    #expect(error?.reason == .data && error?.sqlState == "23505")
    #expect(error?.detail.contains("t_a_key") == true)
    #expect(connection.isUsable && connection.transactionStatus == .idle)
    #expect(try connection.execute("SELECT count(*) FROM t").int64(0, 0) == 0)
  }

  @Test func anErrorInATransactionLeavesItToBeRolledBack() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    let error = failure { () throws(LinkError) in
      _ = try connection.pipeline(
        [Statement("BEGIN"), Statement("SELECT 1/0"), Statement("COMMIT")], within: .seconds(10))
    }
    #expect(error?.sqlState == "22012")
    #expect(connection.transactionStatus == .inError)
    _ = try connection.execute("ROLLBACK")
    #expect(connection.transactionStatus == .idle)
  }

  /// More than fits into all buffers on the way, in both directions.
  @Test func muchIsSentAndAnsweredAtOnce() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    let text = [UInt8](repeating: 120, count: 1 << 20)
    let rows = try connection.pipeline(
      Array(repeating: statement("SELECT $1::text", [(25, text)]), count: 16),
      within: .seconds(60))
    #expect(rows.count == 16 && rows.allSatisfy { $0.bytes(0, 0) == text })
  }
}

@Suite struct CopyTests {
  private func binary(_ numbers: [Int32]) -> [UInt8] {
    let head = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + wire(Int64(0))
    return numbers.reduce(head) { $0 + wire(Int16(1)) + wire(Int32(4)) + wire($1) }
      + wire(Int16(-1))
  }

  @Test func rowsAreCopiedInBinary() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(script: "CREATE TABLE t (a int UNIQUE)", within: .seconds(10))
    let sql = "COPY t FROM STDIN (FORMAT binary)"
    #expect(try connection.copy(sql, binary([1, -2, 3]), within: .seconds(10)) == 3)
    #expect(try connection.copy(sql, binary([]), within: .seconds(10)) == 0)
    #expect(try connection.execute("SELECT sum(a)::int8 FROM t").int64(0, 0) == 2)
  }

  @Test func anErrorOfACopyLeavesTheSessionUsable() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(script: "CREATE TABLE t (a int UNIQUE)", within: .seconds(10))
    let sql = "COPY t FROM STDIN (FORMAT binary)"
    let cases: [(sql: String, bytes: [UInt8], state: String)] = [
      (sql, binary([5, 6, 5]), "23505"),
      (sql, Array("not a COPY file at all".utf8), "22P04"),
      (sql, [], "22P04"),
      ("COPY nothing FROM STDIN (FORMAT binary)", binary([5]), "42P01"),
    ]
    for (sql, bytes, state) in cases {
      let error = failure { () throws(LinkError) in
        _ = try connection.copy(sql, bytes, within: .seconds(10))
      }
      #expect(error?.sqlState == state)
      #expect(connection.isUsable && connection.transactionStatus == .idle)
    }
    #expect(try connection.execute("SELECT count(*) FROM t").int64(0, 0) == 0)
    let noCopy = failure { () throws(LinkError) in
      _ = try connection.copy("SELECT 1", [], within: .seconds(10))
    }
    #expect(noCopy?.reason == .other && connection.isUsable)
  }

  @Test func manyMegabytesAreCopied() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(script: "CREATE UNLOGGED TABLE t (a int)", within: .seconds(10))
    let count: Int32 = 1_000_000
    var bytes = binary([])
    bytes.removeLast(2)
    bytes.reserveCapacity(10 * Int(count) + 30)
    for number in 0..<count { bytes += [0, 1, 0, 0, 0, 4] + wire(number) }
    bytes += wire(Int16(-1))
    let copied = try connection.copy(
      "COPY t FROM STDIN (FORMAT binary)", bytes, within: .seconds(120))
    #expect(copied == Int(count))
  }
}
