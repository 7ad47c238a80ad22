import Signals

/// Lays out one value after the other, by a verb each.
struct ValuePrinter {
  private(set) var out: [UInt8] = []
  /// Of texts that are no markup.
  private let escaping: TextEscaping
  /// Whether a verb did not fit: then values do not print themselves.
  private var isErroring = false

  init(_ escaping: @escaping TextEscaping) { self.escaping = escaping }

  mutating func append(_ bytes: [UInt8]) throws(GoError) {
    guard out.count + bytes.count <= TemplateLimits.outputBytes else { throw GoText.tooLong }
    out += bytes
  }

  private mutating func append(_ text: String) throws(GoError) { try append(Array(text.utf8)) }

  mutating func write(
    _ value: TemplateValue, _ verb: Unicode.Scalar, _ spec: FormatSpec
  ) throws(GoError) {
    let isText = if case .bytes = value.unboxed { verb != "T" } else { false }
    if spec.width ?? 0 > TemplateLimits.outputBytes { throw GoText.tooLong }
    if !isText, spec.precision ?? 0 > TemplateLimits.outputBytes { throw GoText.tooLong }
    try write(value, verb, spec, depth: 0)
  }

  private mutating func write(
    _ value: TemplateValue, _ verb: Unicode.Scalar, _ spec: FormatSpec, depth: Int
  ) throws(GoError) {
    let held = value.unboxed
    if held.isMissing { return try writeNothing(verb, spec, depth) }
    if verb == "T", depth == 0 {
      try append(spec.string(Array(held.typeName.utf8)))
      return
    }
    if prints(verb, spec), let text = held.itself {
      try write(text: Array(text.utf8), verb, spec, held)
      return
    }
    switch held {
    case .bool(let value): try write(bool: value, verb, spec, held)
    case .integer(let value, _): try write(value.magnitude, value < 0, verb, spec, held)
    case .duration(let value, isPointer: false):
      try write(value.magnitude, value < 0, verb, spec, held)
    case .unsigned(let value, _): try write(value, false, verb, spec, held)
    case .float(let value): try write(float: value, verb, spec, held)
    case .bytes(let bytes, _): try write(text: bytes, verb, spec, held)
    default: try writeParts(of: held, verb, spec, depth)
    }
  }

  private mutating func writeNothing(
    _ verb: Unicode.Scalar, _ spec: FormatSpec, _ depth: Int
  ) throws(GoError) {
    if depth > 0 {
      try append(spec.sharpV ? "interface {}(nil)" : "<nil>")
    } else if verb == "T" || verb == "v" {
      try append(spec.padded(Array("<nil>".utf8)))
    } else {
      try append("%!\(verb)(<nil>)")
    }
  }

  /// `%!d(string=x)`
  private mutating func writeMistake(
    _ verb: Unicode.Scalar, _ value: TemplateValue, _ spec: FormatSpec
  ) throws(GoError) {
    let wasErroring = isErroring
    isErroring = true
    try append("%!\(verb)(\(value.typeName)=")
    try write(value, "v", spec, depth: 0)
    try append(")")
    isErroring = wasErroring
  }

  private mutating func write(
    bool: Bool, _ verb: Unicode.Scalar, _ spec: FormatSpec, _ value: TemplateValue
  ) throws(GoError) {
    guard verb == "t" || verb == "v" else { return try writeMistake(verb, value, spec) }
    try append(spec.padded(Array((bool ? "true" : "false").utf8)))
  }

  private mutating func write(
    _ magnitude: UInt64, _ isNegative: Bool, _ verb: Unicode.Scalar, _ spec: FormatSpec,
    _ value: TemplateValue
  ) throws(GoError) {
    let bits = isNegative ? 0 &- magnitude : magnitude
    switch verb {
    case "v":
      guard spec.sharpV, case .unsigned = value else { fallthrough }
      var spec = spec
      spec.sharp = true
      try append(spec.integer(magnitude, isNegative: false, base: 16, verb: verb))
    case "d": try append(spec.integer(magnitude, isNegative: isNegative, base: 10, verb: verb))
    case "b": try append(spec.integer(magnitude, isNegative: isNegative, base: 2, verb: verb))
    case "o", "O":
      try append(spec.integer(magnitude, isNegative: isNegative, base: 8, verb: verb))
    case "x", "X":
      try append(spec.integer(magnitude, isNegative: isNegative, base: 16, verb: verb))
    case "c": try append(spec.character(bits, quoted: false))
    case "q": try append(spec.character(bits, quoted: true))
    case "U": try append(spec.unicode(bits))
    default: try writeMistake(verb, value, spec)
    }
  }

  private mutating func write(
    float: Double, _ verb: Unicode.Scalar, _ spec: FormatSpec, _ value: TemplateValue
  ) throws(GoError) {
    guard "vbgGxXfFeE".unicodeScalars.contains(verb) else {
      return try writeMistake(verb, value, spec)
    }
    try append(spec.float(float, verb))
  }

  private mutating func write(
    text: [UInt8], _ verb: Unicode.Scalar, _ spec: FormatSpec, _ value: TemplateValue
  ) throws(GoError) {
    var (text, spec) = (text, spec)
    if case .bytes(_, .outside) = value {
      // Cut before, so that no escape is.
      if let length = spec.precision { text = Array(UTF8Text.prefix(text, scalars: length)) }
      spec.precision = nil
      text = Array(escaping(String(decoding: text, as: UTF8.self)).utf8)
    }
    switch verb {
    case "v": try append(spec.sharpV ? spec.quoted(text) : spec.string(text))
    case "s": try append(spec.string(text))
    case "x", "X": try append(spec.hex(text, upper: verb == "X"))
    case "q": try append(spec.quoted(text))
    default: try writeMistake(verb, value, spec)
    }
  }
}

// MARK: - Lists, maps, structures

extension ValuePrinter {
  private mutating func writeParts(
    of value: TemplateValue, _ verb: Unicode.Scalar, _ spec: FormatSpec, _ depth: Int
  ) throws(GoError) {
    if verb == "p", depth == 0 {
      if case .structure = value { return try writeMistake(verb, value, spec) }
      return try writeAddress(value, verb, spec)
    }
    switch value {
    case .list(let elements, of: "template.Pair") where prints(verb, spec):
      try write(pairs: elements.compactMap(\.pair), verb, spec)
    case .list(let elements, _): try write(list: elements, value, verb, spec, depth)
    case .anything(let list): try write(list: list.elements, value, verb, spec, depth)
    case .samples(let samples):
      try write(list: samples.map { .sample($0) }, value, verb, spec, depth)
    case .alerts(let list):
      try write(list: list.alerts.lazy.map(\.value), value, verb, spec, depth)
    case .map(let entries): try write(map: entries, verb, spec, depth)
    case .keyValues(let map):
      if prints(verb, spec) { return try write(pairs: map.sorted, verb, spec) }
      try write(map: Entries(map.pairs), verb, spec, depth, typeName: "template.KV")
    case .structure(let structure): try write(structure, verb, spec, depth)
    case .sample(let sample):
      guard depth == 0 else { return try writeAddress(value, verb, spec) }
      try append("&")
      try write(Structure(sample), verb, spec, depth + 1)
    case .time(let time, _):
      let text = spec.sharpV ? time.source : time.description
      try write(text: Array(text.utf8), "s", spec, value)
    default: try writeAddress(value, verb, spec)
    }
  }

  /// Of a pointer; addresses say nothing, so all are the same.
  private mutating func writeAddress(
    _ value: TemplateValue, _ verb: Unicode.Scalar, _ spec: FormatSpec
  ) throws(GoError) {
    guard "vpbodxX".unicodeScalars.contains(verb) else {
      return try writeMistake(verb, value, spec)
    }
    try append("0xc000000000")
  }

  private mutating func write(
    list: some Sequence<TemplateValue>, _ value: TemplateValue, _ verb: Unicode.Scalar,
    _ spec: FormatSpec,
    _ depth: Int
  ) throws(GoError) {
    try append(spec.sharpV ? value.typeName + "{" : "[")
    for (place, element) in list.enumerated() {
      if place > 0 { try append(spec.sharpV ? ", " : " ") }
      try write(element, verb, spec, depth: depth + 1)
    }
    try append(spec.sharpV ? "}" : "]")
  }

  /// Labels print themselves.
  private mutating func write(
    pairs: [Label], _ verb: Unicode.Scalar, _ spec: FormatSpec
  ) throws(GoError) {
    let text = Array(pairs.text.utf8)
    try write(text: text, verb, spec, .bytes(text, .outside))
  }

  /// Whether a value that prints itself does it here.
  private func prints(_ verb: Unicode.Scalar, _ spec: FormatSpec) -> Bool {
    !isErroring && !spec.sharpV && "vsxXq".unicodeScalars.contains(verb)
  }

  private mutating func write(
    map: Entries, _ verb: Unicode.Scalar, _ spec: FormatSpec, _ depth: Int,
    typeName: String? = nil
  ) throws(GoError) {
    try append(spec.sharpV ? (typeName ?? map.typeName) + "{" : "map[")
    for (place, entry) in map.entries.enumerated() {
      if place > 0 { try append(spec.sharpV ? ", " : " ") }
      try write(.bytes(entry.key, .outside), verb, spec, depth: depth + 1)
      try append(":")
      try write(entry.value, verb, spec, depth: depth + 1)
    }
    try append(spec.sharpV ? "}" : "]")
  }

  private mutating func write(
    _ structure: Structure, _ verb: Unicode.Scalar, _ spec: FormatSpec, _ depth: Int
  ) throws(GoError) {
    if spec.sharpV { try append(structure.typeName) }
    try append("{")
    for (place, field) in structure.fields.enumerated() {
      if place > 0 { try append(spec.sharpV ? ", " : " ") }
      if spec.plusV || spec.sharpV { try append(field.name + ":") }
      try write(field.value, verb, spec, depth: depth + 1)
    }
    try append("}")
  }
}

extension TemplateValue {
  /// The text of a value whose type says how it is printed.
  fileprivate var itself: String? {
    switch self {
    case .time(let time, _): time.description
    case .duration(let value, _): GoDuration.text(value)
    case .integer(let value, .month): GoTime.monthName(value)
    case .integer(let value, .weekday): GoTime.weekdayName(value)
    default: nil
    }
  }
}
