import Signals

/// Values as Go's `encoding/json` writes them.
struct GoJSON {
  private var json = JSONText()
  /// Of texts that are no markup.
  private let escaping: TextEscaping

  init(_ escaping: @escaping TextEscaping) { self.escaping = escaping }

  var bytes: [UInt8] { json.bytes }

  mutating func write(_ value: TemplateValue) throws(GoError) {
    guard bytes.count <= TemplateLimits.outputBytes else { throw GoText.tooLong }
    switch value.unboxed {
    case .missing, .any: json.append("null")
    case .bool(let value): json.append(value ? "true" : "false")
    case .integer(let value, _), .duration(let value, _): json.append(String(value))
    case .unsigned(let value, _): json.append(String(value))
    case .float(let value): try write(value)
    case .bytes(let bytes, let type): write(text: bytes, type)
    case .anything(let list): try write(list.elements)
    case .list(let elements, _): try write(elements)
    case .alerts(let list): try write(list.alerts.lazy.map(\.value))
    case .samples(let samples): try write(samples.lazy.map { .sample($0) })
    case .map(let entries):
      try write(members: entries.entries.lazy.map { ($0.key, .outside, $0.value) })
    case .keyValues(let map):
      try write(
        members: map.pairs.lazy.map { (Array($0.name.utf8), .outside, .outside($0.value)) })
    case .structure(let structure):
      try write(
        members: structure.fields.lazy.map { field in
          (Array(structure.jsonName(field.name).utf8), .string, field.value)
        })
    case .sample(let sample): try write(.structure(Structure(sample)))
    case .time(let time, _):
      json.append(string: TimeLayout.text(of: time, "2006-01-02T15:04:05.999999999Z07:00"))
    }
  }

  private mutating func write(text bytes: [UInt8], _ type: TemplateValue.TextType) {
    let text = String(decoding: bytes, as: UTF8.self)
    json.append(string: type == .outside ? escaping(text) : text)
  }

  private mutating func write(_ number: Double) throws(GoError) {
    guard number.isFinite else {
      throw GoError("json: unsupported value: " + GoText.plain(.float(number)))
    }
    let shortest = FloatDigits(shortest: number)
    let (digits, point) = (shortest.digits.map(String.init).joined(), shortest.point)
    if number.sign == .minus { json.append("-") }
    if digits.isEmpty {
      json.append("0")
    } else if number.magnitude < 1e-6 || number.magnitude >= 1e21 {
      let rest = digits.dropFirst()
      json.append(digits.prefix(1) + (rest.isEmpty ? "" : "." + rest))
      json.append("e\(point > 0 ? "+" : "")\(point - 1)")
    } else if point <= 0 {
      json.append("0." + String(repeating: "0", count: -point) + digits)
    } else {
      let rest = digits.dropFirst(point)
      json.append(
        digits.prefix(point) + String(repeating: "0", count: max(0, point - digits.count)))
      if !rest.isEmpty { json.append("." + rest) }
    }
  }

  private mutating func write(_ elements: some Sequence<TemplateValue>) throws(GoError) {
    json.append("[")
    for (place, element) in elements.enumerated() {
      if place > 0 { json.append(",") }
      try write(element)
    }
    json.append("]")
  }

  private mutating func write(
    members: some Sequence<([UInt8], TemplateValue.TextType, TemplateValue)>
  ) throws(GoError) {
    json.append("{")
    for (place, (name, type, value)) in members.enumerated() {
      if place > 0 { json.append(",") }
      write(text: name, type)
      json.append(":")
      try write(value)
    }
    json.append("}")
  }
}

extension Structure {
  /// As the types of messages have their fields named.
  fileprivate func jsonName(_ field: String) -> String {
    switch field {
    case _ where typeName == "template.Pair": field
    case "NotificationReason": "notification_reason"
    case "ExternalURL": "externalURL"
    case "GeneratorURL": "generatorURL"
    default: field.prefix(1).lowercased() + field.dropFirst()
    }
  }
}
