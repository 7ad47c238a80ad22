import Signals

/// One table of the reference: sentences for the keys of a section, which the readers do not have.
struct ReferenceSection {
  /// A heading; where it is a key, by that name.
  let title: String
  /// Where the section stands, as in `Outline`; the whole file is empty.
  let paths: [String]
  /// Markdown.
  let introduction: String
  let keys: [ReferenceKey]

  init(_ title: String, at paths: String..., says introduction: String, keys: [ReferenceKey]) {
    self.title = title
    self.paths = paths
    self.introduction = introduction
    self.keys = keys
  }

  init(_ title: String, at paths: [String], says introduction: String, keys: [ReferenceKey]) {
    self.title = title
    self.paths = paths
    self.introduction = introduction
    self.keys = keys
  }
}

/// A line of the table.
struct ReferenceKey {
  /// Below the section, as in `backoff.max`; several that mean the same.
  let names: [String]
  /// `nil`: nothing, or as the outline has it that it must be there.
  let unset: Unset?
  /// Markdown: one sentence, or two.
  let meaning: String

  static func key(_ names: String..., unset: Unset? = nil, means meaning: String) -> Self {
    Self(names: names, unset: unset, meaning: meaning)
  }
}

/// What holds when a key is not there.
enum Unset {
  /// What could as well be written, as YAML.
  case value(String)
  /// The name of a template that is called.
  case template(String)
  /// Markdown.
  case words(String)

  static func of(_ duration: Duration) -> Self { .value(duration.prometheusText) }
  static func of(_ flag: Bool) -> Self { .value("\(flag)") }
  static func of(_ number: Int) -> Self { .value("\(number)") }
  static func of(_ number: Double) -> Self { .value(number.plain) }
  static func of(_ text: String) -> Self { .value(text) }
  static func of(_ words: [String]) -> Self {
    .value("[\(words.joined(separator: ", "))]")
  }
  static func of(_ word: some RawRepresentable<String>) -> Self { .value(word.rawValue) }

  var markdown: String {
    switch self {
    case .value(let text): "`\(text)`"
    case .template(let name): "the template `\(name)`"
    case .words(let words): words
    }
  }
}
