import PromQL
import TestSupport
import Testing

/// Random queries of all constructs, right in their types.
struct RandomQuery {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func pick(_ choices: [String]) -> String {
    choices.isEmpty ? "" : choices[Int(random.next() % UInt64(choices.count))]
  }
  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }
  /// Blanks, line breaks, comments: nothing of it must matter.
  private mutating func blank() -> String { pick([" ", "  ", "\n", "\t", " # note\n"]) }

  private mutating func label() -> String {
    pick(["job", "by", "sum", "le", "_x", "\"a b\"", "'ü'", "offset", "\"nan\"", "bool", "start"])
  }
  private mutating func labels() -> String {
    var out: [String] = []
    for _ in 0..<(random.next() % 3) { out.append(label()) }
    return "(" + out.joined(separator: ",") + ")"
  }
  private mutating func duration() -> String {
    pick(["5m", "1h30m", "90", "1.5", "1y2w", "250ms", "0x10", "1d", "7d", "1_0"])
  }
  private mutating func durationExpression(_ depth: Int) -> String {
    guard depth > 0 else { return duration() }
    let inner = depth - 1
    switch random.next() % 6 {
    case 0: return "(" + durationExpression(inner) + ")"
    case 1: return "-" + durationExpression(inner)
    case 2: return pick(["step()", "range()"])
    case 3:
      return pick(["min_of", "max_of"])
        + "(\(durationExpression(inner)), \(durationExpression(inner)))"
    default:
      return durationExpression(inner) + pick(["+", "-", "*", "^", "/", "%"])
        + durationExpression(inner)
    }
  }
  private mutating func window() -> String {
    chance(80) ? duration() : "5m+(" + durationExpression(2) + ")"
  }

  private mutating func matcher() -> String {
    let name = pick(["job", "\"a.b\"", "by", "NaN", "__name__", "'\\x41'"])
    let op = pick(["=", "!=", "=~", "!~"])
    return name + blank() + op + pick(["'a'", "\"b.+\"", "`c\\d`", "''", "'\\u00fc\\n'"])
  }
  private mutating func selector() -> String {
    let name = pick(["foo", "a:b", "sum", "offset", "by", "start", "fill", "or", "anchored"])
    switch random.next() % 4 {
    case 0: return name
    case 1: return name + "{" + matcher().replacing("__name__", with: "x") + ",}"
    case 2: return "{'" + name + "'," + matcher() + "}"
    default: return "{a='b'," + matcher() + "," + matcher() + "}"
    }
  }
  private mutating func modifiers() -> String {
    var out: [String] = []
    if chance(20) { out.append(pick(["anchored", "SMOOTHED"])) }
    if chance(20) { out.append("@ " + pick(["1.5", "-3", "start()", "end()", "0x10", "5m"])) }
    if chance(20) { out.append("offset " + pick(["", "-", "+"]) + duration()) }
    if chance(5) { out = ["offset -(" + durationExpression(2) + ")"] }
    return out.isEmpty ? "" : blank() + out.joined(separator: " ")
  }

  mutating func scalar(_ depth: Int) -> String {
    switch depth > 0 ? random.next() % 8 : 0 {
    case 0, 1:
      return pick(["1", "-2.5", "Inf", "NaN", "5m", "0x1f", "1e100", "1e-9", "time()", "pi()"])
    case 2: return "(" + scalar(depth - 1) + ")"
    case 3: return pick(["-", "+"]) + scalar(depth - 1)
    case 4: return "scalar(" + vector(depth - 1) + ")"
    case 5: return scalar(depth - 1) + pick([">", "==", "<="]) + " bool " + scalar(depth - 1)
    default:
      return scalar(depth - 1) + blank() + pick(["+", "-", "*", "/", "^", "%", "atan2"]) + blank()
        + scalar(depth - 1)
    }
  }

  mutating func vector(_ depth: Int) -> String {
    switch depth > 0 ? random.next() % 10 : 0 {
    case 0: return selector() + modifiers()
    case 1: return "(" + blank() + vector(depth - 1) + ")"
    case 2: return pick(["-", "+"]) + vector(depth - 1)
    case 3:
      let op = pick(["+", "-", "*", "/", "%", "^", "<", ">=", "</", "atan2"])
      return "(" + vector(depth - 1) + ")" + op + blank() + "(" + scalar(depth - 1) + ")"
    case 4, 5:
      return "(" + vector(depth - 1) + ")" + matchedOperator() + "(" + vector(depth - 1) + ")"
    case 6: return aggregation(depth)
    case 7:
      return pick(["rate", "Sum_over_time", "delta"]).lowercased() + "(" + matrix(depth) + ")"
    case 8: return pick(["abs", "sort", "hour", "info"]) + "(" + vector(depth - 1) + ")"
    default:
      return "label_replace(\(vector(depth - 1)), 'a', \"$1\", `b`, '(.*)')"
    }
  }

  private mutating func matchedOperator() -> String {
    if chance(30) { return blank() + pick(["and", "OR", "unless"]) + pick(["", " on(a)"]) }
    var out = pick(["+", "-", "*", "==", "!=", ">"])
    if [UInt8(ascii: "="), UInt8(ascii: ">")].contains(out.utf8.last), chance(30) {
      out += " bool "
    }
    if chance(60) {
      out += pick([" on", " ignoring"]) + "(a,\"b b\")"
      if chance(50) { out += pick([" group_left", " GROUP_RIGHT"]) + "(c,by)" }
    }
    if chance(10) { out += pick([" fill(1)", " fill_left(-1)", " fill_right(2) fill_left(nan)"]) }
    return out + blank()
  }

  private mutating func aggregation(_ depth: Int) -> String {
    let grouping = chance(50) ? "" : pick(["by", "WITHOUT"]) + labels()
    let parameter = chance(40) ? scalar(depth - 1) : nil
    let op =
      parameter == nil
      ? pick(["sum", "AVG", "count", "group", "stddev"]) : pick(["topk", "quantile", "limitk"])
    let body = "(" + (parameter.map { $0 + "," } ?? "") + vector(depth - 1) + ")"
    return chance(50) ? op + blank() + grouping + body : op + body + blank() + grouping
  }

  private mutating func matrix(_ depth: Int) -> String {
    if chance(50) { return selector() + "[" + window() + "]" + modifiers() }
    let step = chance(50) ? window() : ""
    let behind = chance(30) ? pick([" offset -5m", " @ end()", " @ 7 offset 1h"]) : ""
    return "(" + vector(depth - 1) + ")[" + window() + ":" + step + "]" + behind
  }
}

@Suite struct RandomQueries {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func areParsedPrintedAndParsedToTheSame(seed: UInt64) throws {
    var query = RandomQuery(seed: seed)
    for index in 0..<200 {
      let text = index % 4 == 0 ? query.scalar(4) : query.vector(4)
      let expression: Expression
      do throws(ParseErrors) {
        expression = try Expression(parsing: text)
      } catch {
        Issue.record("seed \(seed): \(error): \(text)")
        continue
      }
      let printed = expression.description
      let again = try? Expression(parsing: printed)
      #expect(
        again?.isWritten(like: expression) == true, "seed \(seed): \(text)\nprinted: \(printed)")
    }
  }

  /// Any bytes give a tree or errors, each within the text, and never a trap.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func damagedAreParsedOrRefused(seed: UInt64) {
    var query = RandomQuery(seed: seed)
    var random = SeededRandom(seed: seed)
    for _ in 0..<300 {
      var bytes = Array(query.vector(3).utf8)
      for _ in 0...(random.next() % 4) {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 3 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        default: bytes.insert(Array("()[]{},:\"'`@-+x0".utf8)[Int(random.next() % 16)], at: place)
        }
        if bytes.isEmpty { bytes = [0x61] }
      }
      do throws(ParseErrors) {
        let expression = try Expression(parsing: bytes)
        #expect(expression.range.upperBound <= bytes.count)
      } catch {
        #expect(!error.errors.isEmpty)
        #expect(error.errors.allSatisfy { $0.range.upperBound <= bytes.count })
      }
    }
  }
}
