import Signals

/// What Alertmanager's functions add to those of Go.
extension Execution {
  mutating func applyToMessage(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    switch function {
    case .stringSlice: return .list(arguments, of: "string")
    case .join: return try joined(arguments)
    case .date:
      let text = TimeLayout.text(of: arguments.time(1), arguments.text(0))
      return .bytes(Array(text.utf8), Builtins.type([arguments.first ?? .missing]))
    case .tz: return .time(try placed(arguments), isPointer: false)
    case .since:
      let now = GoTime(milliseconds: environment.now.milliseconds)
      return .duration(now.since(arguments.time(0)), isPointer: false)
    case .toJson:
      var json = GoJSON(environment.escaping)
      try json.write(arguments.first ?? .missing)
      return .bytes(json.bytes, .string)
    case .dict: return .map(try dictionary(arguments))
    case .append:
      guard case .anything(let list) = arguments.first ?? .missing else {
        return try self.list(Array(arguments.dropFirst()))
      }
      return try self.list(list.elements + arguments.dropFirst())
    default: return try list(arguments)
    }
  }

  /// The text between them is the author's, the texts may be from outside.
  private mutating func joined(_ arguments: [TemplateValue]) throws(GoError) -> TemplateValue {
    guard case .list(let elements, _) = arguments.last ?? .missing else { return .text("") }
    let separator = try GoText.sprint([arguments.first ?? .text("")], environment.escaping)
    var out: [UInt8] = []
    for (place, element) in elements.enumerated() {
      if place > 0 { out += separator }
      out += try GoText.sprint([element], environment.escaping)
      guard out.count <= TemplateLimits.outputBytes else { throw GoText.tooLong }
    }
    return .bytes(out, .string)
  }

  private func placed(_ arguments: [TemplateValue]) throws(GoError) -> GoTime {
    let (name, time) = (arguments.text(0), arguments.time(1))
    if ["", "UTC", "Local"].contains(name) { return time.at(nil) }
    guard let zone = environment.zone(name) else {
      throw GoError("unknown time zone \(name)")
    }
    return time.at(zone)
  }

  private mutating func list(_ elements: [TemplateValue]) throws(GoError) -> TemplateValue {
    try step(elements.count / 10)
    return .anything(try AnyList(elements))
  }

  private func dictionary(_ arguments: [TemplateValue]) throws(GoError) -> Entries {
    guard arguments.count.isMultiple(of: 2) else {
      throw GoError("dict expects an even number of arguments")
    }
    var values: [[UInt8]: TemplateValue] = [:]
    for place in stride(from: 0, to: arguments.count, by: 2) {
      guard case .bytes(let key, let type) = arguments[place].unboxed, type.isString else {
        throw GoError("dict keys must be strings")
      }
      values[key] = arguments[place + 1].unboxed
    }
    return try Entries(anything: values)
  }
}

extension [TemplateValue] {
  fileprivate func time(_ place: Int) -> GoTime {
    guard indices.contains(place), case .time(let time, _) = self[place] else { return .zero }
    return time
  }
}

extension TemplateValue {
  /// Of a `[]string`.
  var texts: [String] {
    guard case .list(let elements, _) = unboxed else { return [] }
    return elements.indices.map { elements.text($0) }
  }

  /// Of a `template.Pair`.
  var pair: Label? {
    guard case .structure(let structure) = self, structure.fields.count == 2 else { return nil }
    let values = structure.fields.map(\.value)
    return Label(name: values.text(0), value: values.text(1))
  }
}

extension String {
  /// Without the white space at both ends, as Unicode has it.
  var trimmingSpace: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
