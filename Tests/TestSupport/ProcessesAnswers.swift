/// A JSON value to look into without a type for every answer.
package enum JSON: Equatable, Sendable, Decodable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  /// Null where there is no such key.
  package subscript(key: String) -> JSON {
    if case .object(let members) = self { return members[key] ?? .null }
    return .null
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var number: Double? { if case .number(let value) = self { value } else { nil } }
  package var array: [JSON] { if case .array(let value) = self { value } else { [] } }
  package var keys: Set<String> {
    if case .object(let value) = self { Set(value.keys) } else { [] }
  }
}

/// The samples of a text exposition, for tests that ask for a value.
package struct MetricsPage: Sendable {
  package struct Sample: Sendable {
    package var name: String
    package var labels: [String: String]
    package var value: Double
  }

  package var samples: [Sample]

  package init(_ text: String) {
    samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap(Self.sample)
  }

  /// The value of the one sample of this name that has these labels among its own.
  package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    let found = samples.filter { sample in
      sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
    return found.count == 1 ? found[0].value : nil
  }

  private static func sample(_ line: Substring) -> Sample? {
    var rest = line
    let name = take(from: &rest) { $0 != "{" && $0 != " " }
    var labels: [String: String] = [:]
    if rest.first == "{" {
      rest.removeFirst()
      while let first = rest.first, first != "}" {
        let label = take(from: &rest) { $0 != "=" }
        rest = rest.dropFirst(2)
        labels[String(label)] = quoted(from: &rest)
        if rest.first == "," { rest.removeFirst() }
      }
      rest = rest.dropFirst()
    }
    guard let value = rest.split(separator: " ").first.flatMap({ Double($0) }) else { return nil }
    return Sample(name: String(name), labels: labels, value: value)
  }

  private static func take(from text: inout Substring, while holds: (Character) -> Bool)
    -> Substring
  {
    let part = text.prefix(while: holds)
    text = text.dropFirst(part.count)
    return part
  }

  /// The rest of a label value and its closing quote.
  private static func quoted(from text: inout Substring) -> String {
    var value = ""
    while let next = text.popFirst(), next != "\"" {
      guard next == "\\", let escaped = text.popFirst() else {
        value.append(next)
        continue
      }
      value.append(escaped == "n" ? "\n" : escaped)
    }
    return value
  }
}
