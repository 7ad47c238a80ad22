/// What a file is read in: where problems go, and where named files are looked for.
final class Context {
  let findings: Findings
  let directory: String
  /// Set when it is not a file that is read, but what a file may hold.
  let outline: Outline?
  private var secrets: [String: Result<String, BoundedFile.Failure>] = [:]

  init(findings: Findings, directory: String, outline: Outline? = nil) {
    self.findings = findings
    self.directory = directory
    self.outline = outline
  }

  /// The path of a file that the configuration names.
  func resolve(_ path: String) -> String {
    if path.hasPrefix("/") || directory.isEmpty { return path }
    return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
  }

  /// The content of a file, read once however often it is named.
  func secret(at path: String) -> Result<String, BoundedFile.Failure> {
    if let known = secrets[path] { return known }
    let result = Result { () throws(BoundedFile.Failure) in try SecretFile.read(path) }
    secrets[path] = result
    return result
  }
}

/// A node with its path: reads as one type or reports why not, and then is `nil`.
struct Value {
  let node: Node
  let path: String
  let context: Context

  func report(_ message: String, nearest: String? = nil) {
    context.findings.report(message, at: node.place, path: path, nearest: nearest)
  }

  func warn(_ message: String) {
    context.findings.warn(message, at: node.place, path: path)
  }

  func items(atMost limit: Int) -> [Value]? {
    takes(.list(atMost: limit))
    if context.outline != nil { return outlinedItems }
    if node.isNull { return [] }
    guard case .list(let nodes) = node.content else { return mismatch("a list") }
    guard nodes.count <= limit else {
      report("at most \(limit) entries")
      return nil
    }
    return nodes.enumerated().map { index, node in
      Value(node: node, path: "\(path)[\(index)]", context: context)
    }
  }

  /// The mapping's entries; none when nothing is written.
  func entries() -> [Node.Entry]? {
    takes(.mapping(atMost: .max))
    if context.outline != nil { return outlinedEntries }
    if node.isNull { return [] }
    guard case .mapping(let entries) = node.content else { return mismatch("a mapping") }
    return entries
  }

  /// Any scalar that is not null, whatever YAML would take it for.
  func scalar(_ expected: String) -> String? {
    takes(.described(expected))
    guard !node.isNull, case .scalar(let text, _) = node.content else { return mismatch(expected) }
    return text
  }

  /// Text of `length` Unicode scalars without control characters; with `lines` also of many lines.
  func text(length: ClosedRange<Int> = 1...4096, lines: Bool = false) -> String? {
    takes(.text(length, lines: lines))
    guard let text = scalar("text") else { return nil }
    let scalars = text.unicodeScalars
    guard scalars.count >= length.lowerBound else {
      report("must not be empty")
      return nil
    }
    guard scalars.count <= length.upperBound else {
      report("longer than \(length.upperBound) characters")
      return nil
    }
    let isAllowed = { (scalar: Unicode.Scalar) in lines && (scalar == "\n" || scalar == "\t") }
    guard !scalars.contains(where: { $0.isControl && !isAllowed($0) }) else {
      report("has a control character")
      return nil
    }
    return text
  }

  func flag() -> Bool? {
    takes(.flag)
    switch plainScalar {
    case "true": return true
    case "false": return false
    default: return mismatch("true or false")
    }
  }

  func whole(in range: ClosedRange<Int>) -> Int? {
    takes(.whole(range))
    let number = plainScalar.flatMap(Self.number).flatMap(Int.init(exactly:))
    guard let number else { return mismatch("a whole number") }
    guard number >= range.lowerBound else { return outside("at least", Double(range.lowerBound)) }
    guard number <= range.upperBound else { return outside("at most", Double(range.upperBound)) }
    return number
  }

  func number(in range: ClosedRange<Double>) -> Double? {
    takes(.number(range))
    guard let number = plainScalar.flatMap(Self.number) else { return mismatch("a number") }
    guard number >= range.lowerBound else { return outside("at least", range.lowerBound) }
    guard number <= range.upperBound else { return outside("at most", range.upperBound) }
    return number
  }

  /// A number of seconds, to the millisecond.
  func seconds(in range: ClosedRange<Double>) -> Duration? {
    guard let number = number(in: range) else { return nil }
    return Int64(exactly: (number * 1000).rounded()).map { .milliseconds($0) }
  }

  /// Whether it is written as a number is.
  var isNumber: Bool { plainScalar.flatMap(Self.number) != nil }

  func duration() -> Duration? {
    takes(.duration(isPositive: false, atLeast: .zero))
    guard let text = scalar("a duration such as 30s") else { return nil }
    if let duration = Duration(prometheus: text) { return duration }
    if !text.isEmpty && text.utf8.count <= 9 && text.utf8.allSatisfy(\.isDigit) {
      report("a duration needs a unit; write \(text)s")
    } else if text.hasPrefix("-") {
      report("a duration cannot be negative")
    } else {
      report("expected a duration such as 30s or 1h30m, of at most 100y")
    }
    return nil
  }

  /// One of a closed list of words.
  func choice<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type) -> Word? {
    let words = Word.allCases.map(\.rawValue)
    takes(.words(words))
    let expected = words.map { $0.isEmpty ? "''" : $0 }.joined(separator: " or ")
    guard let text = scalar(expected) else { return nil }
    if let word = Word(rawValue: text) { return word }
    report("expected \(expected)", nearest: Nearest.word(to: text, among: words))
    return nil
  }

  /// The scalar's text when it stands without quotes.
  private var plainScalar: String? {
    guard case .scalar(let text, isPlain: true) = node.content else { return nil }
    return text
  }

  /// Decimal notation only: no `0x`, `inf` or `nan`.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.count <= 32, text.utf8.allSatisfy({ $0.isDigit || "+-.eE".utf8.contains($0) })
    else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  private func outside<T>(_ side: String, _ bound: Double) -> T? {
    report("must be \(side) \(Int(exactly: bound).map(String.init) ?? "\(bound)")")
    return nil
  }

  private func mismatch<T>(_ expected: String) -> T? {
    switch node.content {
    case .refused: break
    case _ where node.isNull: report("expected \(expected), found nothing")
    case .scalar(_, let isPlain):
      report("expected \(expected)\(isPlain ? "" : ", found quoted text")")
    case .list: report("expected \(expected), found a list")
    case .mapping: report("expected \(expected), found a mapping")
    }
    return nil
  }
}
