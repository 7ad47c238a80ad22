import Signals

/// A mapping whose keys are known. Asking for a key makes it known; what was never asked for is
/// reported when the reading ends, so that the code that reads is the grammar.
final class Section {
  let value: Value
  private let entries: [Node.Entry]
  private var known: [String] = []

  private init(_ value: Value, _ entries: [Node.Entry]) {
    self.value = value
    self.entries = entries
  }

  /// What becomes of keys that nothing asked for in what others write too.
  enum ForeignKeys {
    /// What looks like a slip of the pen is warned of.
    case doubted
    case ignored
  }

  /// Reads a mapping; `nil` when the value is none.
  static func read<T>(_ value: Value, _ body: (Section) -> T) -> T? {
    value.takes(.section)
    guard let entries = value.context.outline == nil ? value.entries() : [] else { return nil }
    let section = Section(value, entries)
    let result = body(section)
    section.reportUnknownKeys()
    return result
  }

  /// Reads a mapping that is not ours alone; null is as good as absent in it.
  static func readForeign<T>(
    _ value: Value, _ others: ForeignKeys, _ body: (Section) -> T
  ) -> T? {
    guard let entries = value.entries() else { return nil }
    let section = Section(value, entries.filter { !$0.value.isNull })
    let result = body(section)
    if others == .doubted { section.doubtUnknownKeys() }
    return result
  }

  subscript(_ key: String) -> Value? {
    known.append(key)
    guard let entry = entries.first(where: { $0.key == key }) else { return value.outlined(key) }
    return Value(node: entry.value, path: value.path.joined(key: key), context: value.context)
  }

  /// The value of a key that must be there.
  func required(_ key: String) -> Value? {
    if !has(key) { report("required", at: key) }
    return self[key]
  }

  /// Reads the mapping below a key, if there is one.
  func section<T>(_ key: String, _ body: (Section) -> T) -> T? {
    self[key].flatMap { Section.read($0, body) }
  }

  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Reports at the key's value; at the section when the key is absent.
  func report(_ message: String, at key: String) {
    let path = value.path.joined(key: key)
    guard let entry = entries.first(where: { $0.key == key }) else {
      value.context.outline?.miss(message, at: path)
      return value.context.findings.report(message, at: value.node.place, path: path)
    }
    value.context.findings.report(message, at: entry.value.place, path: path)
  }

  /// Names keys that a later step of development brings: they are refused, never ignored.
  func refuse(_ keys: String...) {
    known += keys
    if let outline = value.context.outline {
      for key in keys { outline.refuse(value.path.joined(key: key)) }
    }
    for entry in entries where keys.contains(entry.key) {
      value.context.findings.report(
        "not yet", at: entry.place, path: value.path.joined(key: entry.key))
    }
  }

  /// The same for lists; an empty one is as good as none.
  func refuseEntries(of keys: String...) {
    known += keys
    for key in keys where self[key]?.items(atMost: .max)?.isEmpty == false { refuse(key) }
  }

  /// A key that is near one of ours that is there is somebody else's.
  private func doubtUnknownKeys() {
    let names = Set(known)
    for entry in entries where !names.contains(entry.key) {
      guard let nearest = Nearest.word(to: entry.key, among: known), !has(nearest) else { continue }
      value.context.findings.warn(
        "not read; did you mean \"\(nearest)\"?", at: entry.place,
        path: value.path.joined(key: entry.key))
    }
  }

  private func reportUnknownKeys() {
    let names = Set(known)
    for entry in entries where !names.contains(entry.key) {
      value.context.findings.report(
        "unknown key", at: entry.place, path: value.path.joined(key: entry.key),
        nearest: Nearest.word(to: entry.key, among: known))
    }
  }
}

// Values by key: `nil` when the key is absent or its value was refused.
extension Section {
  func flag(_ key: String) -> Bool? { self[key]?.flag() }

  func whole(_ key: String, in range: ClosedRange<Int>) -> Int? { self[key]?.whole(in: range) }

  func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
    self[key]?.number(in: range)
  }

  func choice<Word: RawRepresentable<String> & CaseIterable>(_ key: String, _: Word.Type) -> Word? {
    self[key]?.choice(Word.self)
  }

  /// A flag that may be said, and not be changed.
  func only(_ flag: Bool, _ key: String, else message: String) {
    guard let value = self[key] else { return }
    value.takes(.only(flag))
    if value.flag() == !flag { value.report(message) }
  }

  /// A duration above zero, and of at least `shortest`.
  func duration(_ key: String, atLeast shortest: Duration = .zero) -> Duration? {
    guard let value = self[key] else { return nil }
    value.takes(.duration(isPositive: true, atLeast: shortest))
    guard let duration = value.duration() else { return nil }
    guard duration >= shortest else {
      value.report("must be at least \(shortest.prometheusText)")
      return nil
    }
    guard duration > .zero else {
      value.report("must be above 0")
      return nil
    }
    return duration
  }

  /// A file that can be read, as a path that does not depend on the configuration's directory.
  func file(_ key: String) -> String? {
    guard let value = self[key] else { return nil }
    value.takes(.file)
    guard let text = value.text() else { return nil }
    let path = value.context.resolve(text)
    guard let reason = BoundedFile.whyUnreadable(path) else { return path }
    value.report("\"\(path)\" \(reason)")
    return nil
  }

  /// The secret of `key` or of its twin `key_file`.
  func secret(_ key: String) -> Secret? { stored(key)?.value }

  /// The same with its file.
  func stored(_ key: String) -> StoredSecret? {
    let (inline, twin) = (self[key], self["\(key)_file"])
    inline?.takes(.secret)
    twin?.takes(.secretFile)
    if inline != nil, let twin {
      twin.report("set \(key) or \(key)_file, not both")
      return nil
    }
    return inline?.text(length: 1...SecretFile.limit).map { StoredSecret(Secret($0)) }
      ?? twin?.secretFile()
  }
}

extension Value {
  /// The secret in the file that this value names.
  func secretFile() -> StoredSecret? {
    takes(.secretFile)
    guard let text = text() else { return nil }
    let path = context.resolve(text)
    switch context.secret(at: path) {
    case .success(let content): return StoredSecret(Secret(content), file: path)
    case .failure(let failure):
      report("\"\(path)\" \(failure.reason)")
      return nil
    }
  }
}
