import PromQL
package import Signals

/// A value that templates work with: as much of Go's types as they can see.
package indirect enum TemplateValue: Sendable {
  /// No value, not even nil: the field of a nil, the key that a map does not have.
  case missing
  /// In a variable of type `interface {}`; a missing value there is nil.
  case any(TemplateValue)
  case bool(Bool)
  case integer(Int64, IntegerType)
  case unsigned(UInt64, UnsignedType)
  case float(Double)
  /// A string: any bytes.
  case bytes([UInt8], TextType)
  /// `[]interface {}`
  case anything(AnyList)
  /// `[]T` of another type, by name.
  case list([TemplateValue], of: String)
  case map(Entries)
  /// `template.KV`
  case keyValues(KeyValues)
  case alerts(AlertList)
  case structure(Structure)
  /// `*template.sample`
  case sample(TemplateSample)
  /// `template.queryResult`
  case samples([TemplateSample])
  case time(GoTime, isPointer: Bool)
  /// Nanoseconds.
  case duration(Int64, isPointer: Bool)

  package enum IntegerType: String, Sendable {
    case int, int64
    case month = "time.Month"
    case weekday = "time.Weekday"
  }
  package enum UnsignedType: String, Sendable { case uint, uint8, uint64 }
  package enum TextType: Sendable {
    case string
    /// A string that is no markup: it is escaped where it is written or becomes part of another.
    case outside
    case html, url

    var name: String {
      switch self {
      case .string, .outside: "string"
      case .html: "template.HTML"
      case .url: "template.URL"
      }
    }

    var isString: Bool { self == .string || self == .outside }
  }

  package static func text(_ text: String) -> Self { .bytes(Array(text.utf8), .string) }
  static func outside(_ text: String) -> Self { .bytes(Array(text.utf8), .outside) }
  static func int(_ value: Int) -> Self { .integer(Int64(value), .int) }
  /// nil of the type `interface {}`.
  static let null = Self.any(.missing)
}

/// A map from strings, sorted by key.
package struct Entries: Sendable {
  /// The values of `map[string]string` are texts, those of `map[string]interface {}` anything.
  let isText: Bool
  let entries: [(key: [UInt8], value: TemplateValue)]
  /// 1 for a map without maps in it.
  let depth: Int

  package init(_ labels: [Label]) {
    isText = true
    depth = 1
    entries =
      labels.map { (Array($0.name.utf8), TemplateValue.outside($0.value)) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
  }

  /// What `dict` makes.
  init(anything: [[UInt8]: TemplateValue]) throws(GoError) {
    isText = false
    depth = 1 + (anything.values.map(\.depth).max() ?? 0)
    try TemplateValue.check(depth: depth)
    entries = anything.map { ($0.key, $0.value) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
  }

  /// What `args` makes; throws when maps would be too deep within each other.
  init(arguments: [TemplateValue]) throws(GoError) {
    isText = false
    depth = 1 + (arguments.map(\.depth).max() ?? 0)
    try TemplateValue.check(depth: depth)
    entries =
      arguments.enumerated().map { (Array("arg\($0.offset)".utf8), $0.element) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
  }

  /// As the map's type has it; `nil` when there is no such key.
  func value(of key: [UInt8]) -> TemplateValue? {
    var range = 0..<entries.count
    while !range.isEmpty {
      let middle = (range.lowerBound + range.upperBound) / 2
      let entry = entries[middle]
      if entry.key == key { return typed(entry.value) }
      let isBefore = entry.key.lexicographicallyPrecedes(key)
      range = isBefore ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  func typed(_ value: TemplateValue) -> TemplateValue { isText ? value : .any(value) }

  /// What is empty in the type of the values.
  var zero: TemplateValue { isText ? .text("") : .null }
  var typeName: String { isText ? "map[string]string" : "map[string]interface {}" }
}

/// A list of anything, as `list` makes it.
package struct AnyList: Sendable {
  let elements: [TemplateValue]
  /// 1 for a list without maps or lists in it.
  let depth: Int

  init(_ elements: [TemplateValue]) throws(GoError) {
    self.elements = elements.map(\.unboxed)
    depth = 1 + (elements.map(\.depth).max() ?? 0)
    try TemplateValue.check(depth: depth)
  }

  private init(_ part: [TemplateValue], depth: Int) {
    elements = part
    self.depth = depth
  }

  func part(_ range: Range<Int>) -> AnyList { AnyList(Array(elements[range]), depth: depth) }
}

/// A value of a struct type.
package struct Structure: Sendable {
  struct Field: Sendable {
    let name: String
    let type: String
    let value: TemplateValue

    init(_ name: String, _ type: String, _ value: TemplateValue) {
      self.name = name
      self.type = type
      self.value = value
    }
  }

  let fields: [Field]
  /// Can be asked for by name, and is not printed: our own beside those of Alertmanager.
  private let more: [Field]
  /// Of the type, when it has one.
  private let name: String?

  init(fields: [Field], more: [Field] = [], name: String? = nil) {
    self.fields = fields
    self.more = more
    self.name = name
  }

  func value(of name: String) -> TemplateValue? {
    (fields.first { $0.name == name } ?? more.first { $0.name == name })?.value
  }

  var typeName: String {
    name ?? "struct { " + fields.map { $0.name + " " + $0.type }.joined(separator: "; ") + " }"
  }
}

extension TemplateValue {
  /// Of maps and lists within each other.
  var depth: Int {
    switch unboxed {
    case .map(let entries): entries.depth
    case .anything(let list): list.depth
    default: 0
    }
  }

  static func check(depth: Int) throws(GoError) {
    guard depth <= TemplateLimits.valueDepth else {
      let limit = TemplateLimits.valueDepth
      throw GoError("maps are nested deeper than \(limit)", isBound: true)
    }
  }

  /// What a variable of type `interface {}` holds; other values are themselves.
  var unboxed: TemplateValue {
    var value = self
    while case .any(let inner) = value { value = inner }
    return value
  }

  var isMissing: Bool {
    if case .missing = self { return true }
    return false
  }

  /// Go's name of the type.
  var typeName: String {
    switch self {
    case .missing: "<nil>"
    case .any: "interface {}"
    case .bool: "bool"
    case .integer(_, let type): type.rawValue
    case .unsigned(_, let type): type.rawValue
    case .float: "float64"
    case .bytes(_, let type): type.name
    case .anything: "[]interface {}"
    case .list(_, of: "template.Pair"): "template.Pairs"
    case .list(_, let element): "[]" + element
    case .keyValues: "template.KV"
    case .alerts(let list): list.isNamed ? "template.Alerts" : "[]template.Alert"
    case .map(let entries): entries.typeName
    case .structure(let structure): structure.typeName
    case .sample: "*template.sample"
    case .samples: "template.queryResult"
    case .time(_, let isPointer): isPointer ? "*time.Time" : "time.Time"
    case .duration(_, let isPointer): isPointer ? "*time.Duration" : "time.Duration"
    }
  }

  /// What `if` makes of it.
  var isTrue: Bool {
    switch unboxed {
    case .missing, .any: false
    case .bool(let value): value
    case .integer(let value, _): value != 0
    case .unsigned(let value, _): value != 0
    case .float(let value): value != 0
    case .bytes(let bytes, _): !bytes.isEmpty
    case .anything(let list): !list.elements.isEmpty
    case .list(let elements, _): !elements.isEmpty
    case .map(let entries): !entries.entries.isEmpty
    case .keyValues(let map): !map.pairs.isEmpty
    case .alerts(let list): !list.alerts.isEmpty
    case .samples(let samples): !samples.isEmpty
    case .structure, .sample, .time: true
    case .duration(let value, let isPointer): isPointer || value != 0
    }
  }

  /// The element of a list, as the list's type has it.
  func element(_ index: Int) -> TemplateValue? {
    switch self {
    case .anything(let list):
      list.elements.indices.contains(index) ? .any(list.elements[index]) : nil
    case .list(let elements, _): elements.indices.contains(index) ? elements[index] : nil
    case .alerts(let list): list[index]
    case .samples(let samples): samples.indices.contains(index) ? .sample(samples[index]) : nil
    case .bytes(let bytes, _):
      bytes.indices.contains(index) ? .unsigned(UInt64(bytes[index]), .uint8) : nil
    default: nil
    }
  }

  /// Elements of what has a length; `nil` for what has none.
  var count: Int? {
    switch self {
    case .anything(let list): list.elements.count
    case .list(let elements, _): elements.count
    case .samples(let samples): samples.count
    case .bytes(let bytes, _): bytes.count
    case .map(let entries): entries.entries.count
    case .keyValues(let map): map.pairs.count
    case .alerts(let list): list.alerts.count
    default: nil
    }
  }
}
