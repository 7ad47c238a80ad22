import PromQL

extension Script {
  /// - Throws: the first thing that is wrong.
  package init(parsing text: String) throws(ScriptError) {
    var reader = ScriptReader(text)
    commands = try reader.read()
  }
}

/// Goes through the lines of a script.
private struct ScriptReader {
  /// Trimmed; a comment is an empty line.
  private let lines: [Substring]
  private var next = 0

  init(_ text: String) {
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
      let trimmed = trim(line)
      return trimmed.hasPrefix("#") ? "" : trimmed
    }
  }

  private func error(_ message: String, at line: Int? = nil) -> ScriptError {
    ScriptError(line: line ?? next, message: message)
  }

  mutating func read() throws(ScriptError) -> [Script.Command] {
    var commands: [Script.Command] = []
    while next < lines.count {
      let line = lines[next]
      next += 1
      guard !line.isEmpty else { continue }
      let (word, rest) = firstWord(of: line)
      switch word.lowercased() {
      case "clear": commands.append(.clear)
      case "load": commands.append(.load(try load(rest, hasNativeHistograms: false)))
      case "load_with_nhcb": commands.append(.load(try load(rest, hasNativeHistograms: true)))
      case let name where name.hasPrefix("eval"):
        commands.append(.evaluate(try evaluation(name, rest)))
      default: throw error("unknown command \(word)")
      }
    }
    return commands
  }

  /// The lines up to the next empty one.
  private mutating func block() -> Range<Int> {
    let start = next
    while next < lines.count, !lines[next].isEmpty { next += 1 }
    return start..<next
  }

  private func series(at index: Int) throws(ScriptError) -> SeriesDescription {
    do throws(SeriesError) {
      return try SeriesDescription(parsing: String(lines[index]))
    } catch let failure {
      throw error(failure.message, at: index + 1)
    }
  }

  private func time(_ text: Substring) throws(ScriptError) -> Int64 {
    let isMinus = text.hasPrefix("-")
    do throws(LiteralError) {
      let time = try LiteralText.duration(String(isMinus ? text.dropFirst() : text)) / 1_000_000
      return isMinus ? -time : time
    } catch let failure {
      throw error("bad time \(text): \(failure.message)")
    }
  }

  private func step(_ text: Substring) throws(ScriptError) -> Int64 {
    let step = try time(text)
    guard step > 0 else { throw error("a step must be longer than nothing") }
    return step
  }

  // MARK: - load

  private mutating func load(
    _ text: Substring, hasNativeHistograms: Bool
  ) throws(ScriptError) -> Script.Load {
    let line = next
    var load = Script.Load(
      line: line, step: try step(text), hasNativeHistograms: hasNativeHistograms, series: [])
    for index in block() {
      if let labels = try seriesWithStartTimes(at: index) {
        // What a start timestamp changes is not known here: the series is as a histogram's.
        var description = SeriesDescription(labels: labels, values: [])
        description.hasHistogram = true
        load.series.append(description)
      } else {
        load.series.append(try series(at: index))
      }
    }
    return load
  }

  /// The series of a line `series@st -30s …`; `nil` for another line.
  private func seriesWithStartTimes(at index: Int) throws(ScriptError) -> LabelSet? {
    guard lines[index].contains("@st") else { return nil }
    do throws(SeriesError) {
      let (labels, rest) = try SeriesDescription.metric(String(lines[index]))
      return rest.hasPrefix("@st") ? labels : nil
    } catch let failure {
      throw error(failure.message, at: index + 1)
    }
  }

  // MARK: - eval

  private mutating func evaluation(
    _ name: String, _ text: Substring
  ) throws(ScriptError) -> Script.Evaluation {
    let line = next
    let (kind, rest) = firstWord(of: text)
    var evaluation: Script.Evaluation
    switch kind {
    case "instant":
      let (time, query) = try clause("at", in: rest)
      evaluation = Script.Evaluation(
        line: line, query: String(query), mode: .instant(try self.time(time)))
    case "range":
      let (span, query) = try span(in: rest)
      evaluation = Script.Evaluation(line: line, query: String(query), mode: .range(span))
    default: throw error("expected 'instant' or 'range' behind eval")
    }
    guard !evaluation.query.isEmpty else { throw error("no query") }
    switch name {
    case "eval": break
    case "eval_fail": evaluation.expectations.failure = .any
    case "eval_warn": evaluation.expectations.warnings = [.any]
    case "eval_info": evaluation.expectations.infos = [.any]
    case "eval_ordered": evaluation.expectations.isOrdered = true
    default: throw error("unknown command \(name)")
    }
    try readExpectations(of: &evaluation)
    return evaluation
  }

  /// `at 5m QUERY`: the time and what follows.
  private func clause(
    _ word: String, in text: Substring
  ) throws(ScriptError) -> (Substring, Substring) {
    let (first, rest) = firstWord(of: text)
    guard first == word else { throw error("expected '\(word)'") }
    return firstWord(of: rest)
  }

  private func span(in text: Substring) throws(ScriptError) -> (Script.Span, Substring) {
    let (start, afterStart) = try clause("from", in: text)
    let (end, afterEnd) = try clause("to", in: afterStart)
    let (step, rest) = try clause("step", in: afterEnd)
    let span = Script.Span(start: try time(start), end: try time(end), step: try self.step(step))
    guard span.end >= span.start else { throw error("a range must not end before it starts") }
    return (span, rest)
  }

  // MARK: - Expectations

  private mutating func readExpectations(
    of evaluation: inout Script.Evaluation
  ) throws(ScriptError) {
    for index in block() {
      let (word, rest) = firstWord(of: lines[index])
      if word == "expect" {
        try expect(rest, in: &evaluation.expectations, at: index + 1)
      } else if let number = try? SeriesDescription.number(lines[index]) {
        evaluation.expectations.scalar = number
      } else {
        let series = try series(at: index)
        if case .instant = evaluation.mode, evaluation.expectations.window == nil,
          series.values.count != 1, !series.hasHistogram
        {
          throw error("an instant has one value for each series", at: index + 1)
        }
        evaluation.expectations.series.append(series)
      }
    }
  }

  private func expect(
    _ text: Substring, in expectations: inout Expectations, at line: Int
  ) throws(ScriptError) {
    let (word, rest) = firstWord(of: text)
    switch word {
    case "fail": expectations.failure = try match(rest, at: line)
    case "warn": expectations.warnings.append(try match(rest, at: line))
    case "info": expectations.infos.append(try match(rest, at: line))
    case "no_warn": expectations.hasNoWarning = true
    case "no_info": expectations.hasNoInfo = true
    case "ordered": expectations.isOrdered = true
    case "string": expectations.string = try string(rest, at: line)
    case "range":
      let (vector, span) = firstWord(of: rest)
      guard vector == "vector" else { throw error("expected 'range vector'", at: line) }
      expectations.window = try self.span(in: span).0
    default: throw error("unknown expectation \(word)", at: line)
    }
  }

  private func match(_ text: Substring, at line: Int) throws(ScriptError) -> Expectations.Text {
    if text.isEmpty { return .any }
    if text.hasPrefix("msg:") { return .exactly(String(trim(text.dropFirst(4)))) }
    if text.hasPrefix("regex:") { return .pattern(String(trim(text.dropFirst(6)))) }
    throw error("expected 'msg:' or 'regex:'", at: line)
  }

  private func string(_ text: Substring, at line: Int) throws(ScriptError) -> String {
    guard case .string(let literal)? = try? Expression(parsing: String(text)) else {
      throw error("expected a string in quotes", at: line)
    }
    return literal.value
  }
}

private func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

private func trim(_ text: Substring) -> Substring {
  var text = text.drop(while: isBlank)
  while let last = text.last, isBlank(last) { text.removeLast() }
  return text
}

/// Up to the first blank, and what follows the blanks.
private func firstWord(of text: Substring) -> (Substring, Substring) {
  let word = text.prefix { !isBlank($0) }
  return (word, text[word.endIndex...].drop(while: isBlank))
}
