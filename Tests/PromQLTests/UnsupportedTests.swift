import PromQL
import Testing

/// What is read but not evaluated is named, with its place.
@Suite struct UnsupportedSyntax {
  @Test(
    arguments: [
      ("info(a)", ["function \"info\""], [0..<7]),
      ("1 + min_of(1, 2)", ["function \"min_of\""], [4..<16]),
      ("start() + end()", ["function \"start\"", "function \"end\""], [0..<7, 10..<15]),
      ("step() * range()", ["function \"step\"", "function \"range\""], [0..<6, 9..<16]),
      (
        "limitk(1, limit_ratio(0.5, a))",
        ["aggregation \"limitk\"", "aggregation \"limit_ratio\""],
        [0..<30, 10..<29]
      ),
      ("mad_over_time(a[5m])", ["function \"mad_over_time\""], [0..<20]),
      ("a[5m+1m]", ["duration expression \"5m + 1m\""], [2..<7]),
      (
        "a[5m:step()] offset (5)",
        ["duration expression \"step()\"", "duration expression \"(5)\""],
        [5..<11, 20..<23]
      ),
      ("a + fill(1) b", ["modifier \"fill\""], [0..<13]),
      ("a + fill_left(1) b", ["modifier \"fill\""], [0..<18]),
      ("rate(a[5m] anchored)", ["modifier \"anchored\""], [5..<6]),
      ("(-(a anchored))", ["modifier \"anchored\""], [3..<4]),
      ("a </ 5", ["operator \"</\""], [0..<6]), ("a >/ 5", ["operator \">/\""], [0..<6]),
      ("sum(sort_by_label(a, 'b'))[5m:]", ["function \"sort_by_label\""], [4..<25]),
    ] as [(String, [String], [ByteRange])])
  func isNamedWithItsPlace(text: String, names: [String], ranges: [ByteRange]) throws {
    let found = try Expression(parsing: text).unsupported
    #expect(found.map(\.message) == names.map { "\($0) is not supported" })
    #expect(found.map(\.range) == ranges)
  }

  @Test(arguments: [
    "a @ start() + b @ end()", "histogram_avg(a)", "histogram_count(a)", "histogram_sum(a)",
    "histogram_stddev(a) + histogram_stdvar(a)", "histogram_quantile(0.9, a)",
    "first_over_time(a[5m])",
    "histogram_fraction(0, 1, a)", "a[5m:1m] offset -5m", "a offset 300", "fill + anchored",
    "a smoothed offset 5m",
    "start",
  ])
  func stableSyntaxIsNotNamed(text: String) throws {
    #expect(try Expression(parsing: text).unsupported == [])
  }
}

/// The table of functions.
@Suite struct FunctionTable {
  @Test func namesAreSortedAndOnce() {
    let names = FunctionSignature.all.map(\.name)
    #expect(names == Set(names).sorted())
    #expect(names.count == 90)
    #expect(FunctionSignature.all.filter(\.isExperimental).count == 17)
  }

  @Test(
    arguments: [
      ("rate", [.matrix], 0, .vector), ("time", [], 0, .scalar), ("scalar", [.vector], 0, .scalar),
      ("round", [.vector, .scalar], 1, .vector), ("hour", [.vector], 1, .vector),
      ("quantile_over_time", [.scalar, .matrix], 0, .vector),
      ("label_join", [.vector, .string, .string, .string], -1, .vector),
      ("histogram_quantile", [.scalar, .vector], 0, .vector),
      ("clamp", [.vector, .scalar, .scalar], 0, .vector), ("vector", [.scalar], 0, .vector),
      ("predict_linear", [.matrix, .scalar], 0, .vector),
    ] as [(String, [ValueType], Int, ValueType)])
  func functionsHaveTheirTypes(
    name: String, arguments: [ValueType], variadic: Int, returns: ValueType
  ) {
    let function = FunctionSignature.named(name)
    #expect(function?.arguments == arguments)
    #expect(function?.variadic == variadic)
    #expect(function?.returns == returns)
    #expect(function?.isExperimental == false)
  }

  @Test func noOtherNameIsAFunction() {
    for name in ["", "Rate", "sum", "holt_winters", "rate "] {
      #expect(FunctionSignature.named(name) == nil)
    }
  }
}
