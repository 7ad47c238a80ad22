import PromQL

/// Values as Go's `fmt` prints them. Throws when a text becomes longer than a value may be.
enum GoText {
  static let tooLong = GoError(
    "more than \(TemplateLimits.outputBytes) bytes of text", isBound: true)

  /// What an action writes.
  static func shown(
    _ value: TemplateValue, _ escaping: @escaping TextEscaping
  ) throws(GoError) -> [UInt8] {
    if value.isMissing { return Array("<no value>".utf8) }
    return try sprint([value.pointedAt], escaping)
  }

  /// `%v`, or another verb, for errors.
  static func plain(_ value: TemplateValue, _ verb: Unicode.Scalar = "v") -> String {
    var printer = ValuePrinter { $0 }
    do throws(GoError) {
      try printer.write(value, verb, FormatSpec())
    } catch {
      return "…"
    }
    return String(decoding: printer.out, as: UTF8.self)
  }

  /// `fmt.Sprint`: a space between two values of which none is a string.
  static func sprint(
    _ values: [TemplateValue], _ escaping: @escaping TextEscaping
  ) throws(GoError) -> [UInt8] {
    var printer = ValuePrinter(escaping)
    var wasText = true
    for value in values {
      var isText = false
      if case .bytes = value.unboxed { isText = true }
      if !isText, !wasText { try printer.append([0x20]) }
      try printer.write(value, "v", FormatSpec())
      wasText = isText
    }
    return printer.out
  }

  /// `fmt.Sprintln`
  static func line(
    _ values: [TemplateValue], _ escaping: @escaping TextEscaping
  ) throws(GoError) -> [UInt8] {
    var printer = ValuePrinter(escaping)
    for (place, value) in values.enumerated() {
      if place > 0 { try printer.append([0x20]) }
      try printer.write(value, "v", FormatSpec())
    }
    try printer.append([0x0a])
    return printer.out
  }

  /// What the escaping functions make of their arguments first.
  static func joined(_ values: [TemplateValue]) throws(GoError) -> [UInt8] {
    try sprint(
      values.map { value in
        value.unboxed.isMissing ? .text("<no value>") : value.unboxed.pointedAt
      }, { $0 })
  }

  static func formatted(
    _ format: [UInt8], _ values: [TemplateValue], _ escaping: @escaping TextEscaping
  ) throws(GoError) -> [UInt8] {
    var formatter = Formatter(format: format, values: values, escaping: escaping)
    return try formatter.run()
  }
}

extension TemplateValue {
  /// What a pointer points at, other values themselves. A sample stays: it has no other form.
  var pointedAt: TemplateValue {
    switch self {
    case .time(let time, _): .time(time, isPointer: false)
    case .duration(let value, _): .duration(value, isPointer: false)
    case .sample(let sample):
      .structure(Structure(sample))
    default: self
    }
  }
}

extension Structure {
  init(_ sample: TemplateSample) {
    self.init(
      fields: [
        .init("Labels", "map[string]string", .map(Entries(sample.labels.labels))),
        .init("Value", "float64", .float(sample.value)),
      ], name: "template.sample")
  }
}
