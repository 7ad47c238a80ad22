/// Values as the readers of Prometheus's tools take them, where those take more than ours.
extension Value {
  /// An entry of this mapping. What looks like a hash in the place of a name is not repeated.
  func entry(_ entry: Node.Entry) -> Value {
    let name = entry.key.hasPrefix("$") ? "..." : entry.key
    return Value(node: entry.value, path: path.joined(key: name), context: context)
  }

  /// True or false in any of YAML 1.1's words; reports what is none.
  func checkGoFlag() {
    guard !node.isNull, case .scalar(let text, isPlain: true) = node.content,
      ["true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    else {
      if !node.isNull { report("expected true or false") }
      return
    }
  }

  /// As Go's `time.ParseDuration` has it: `1.5s`, `500us`, `1m30s`, `0`.
  func goDuration() -> Duration? {
    guard let text = scalar("a duration such as 500ms") else { return nil }
    if text == "0" { return .zero }
    let units: [(name: String, nanoseconds: Double)] = [
      ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    var rest = text[...]
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0 != "." && !("0"..."9").contains($0) }
      rest = rest.dropFirst(name.count)
      guard let number = Double(digits), let unit = units.first(where: { $0.name == name }) else {
        total = .infinity
        break
      }
      total += number * unit.nanoseconds
    }
    guard !text.isEmpty, text.utf8.count <= 40, let nanoseconds = Int64(exactly: total.rounded())
    else {
      report("expected a duration such as 500ms or 1m30s")
      return nil
    }
    return .nanoseconds(nanoseconds)
  }
}

extension Section {
  /// A key that is null or empty is as good as absent.
  func filled(_ key: String) -> Value? {
    guard let value = self[key], !value.node.isNull else { return nil }
    if case .scalar("", _) = value.node.content { return nil }
    return value
  }
}
