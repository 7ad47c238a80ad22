/// Durations as Prometheus writes them: `30s`, `1h30m`, `100ms`, `0`.
extension Duration {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000),
    ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Nothing may last longer: a hundred years.
  static let longest = Duration.milliseconds(100 * 365 * 86_400_000)

  /// Whole numbers with units from `y` to `ms`, largest first, each at most once; a bare `0`.
  /// `nil` for anything else and for more than a hundred years.
  package init?(prometheus text: String) {
    if text == "0" {
      self = .zero
      return
    }
    var rest = text.utf8[...]
    var units = Self.units[...]
    var total: Int64 = 0
    repeat {
      let digits = rest.prefix(while: \.isDigit)
      rest = rest.dropFirst(digits.count)
      let name = String(decoding: rest.prefix(while: \.isLetter), as: UTF8.self)
      rest = rest.dropFirst(name.utf8.count)
      guard digits.count <= 15, let count = Int64(String(decoding: digits, as: UTF8.self)),
        let unit = units.firstIndex(where: { $0.name == name })
      else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
      let (sum, overflow2) = total.addingReportingOverflow(product)
      guard !overflow, !overflow2 else { return nil }
      (total, units) = (sum, units[(unit + 1)...])
    } while !rest.isEmpty
    guard total <= Self.longest.components.seconds * 1000 else { return nil }
    self = .milliseconds(total)
  }

  /// The shortest text that reads back as this duration, to the millisecond.
  package var prometheusText: String {
    var rest = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    guard rest > 0 else { return "0s" }
    var text = ""
    for (name, milliseconds) in Self.units where rest >= milliseconds {
      // As Prometheus: years and weeks only when nothing is left over.
      if ["y", "w"].contains(name) && rest % milliseconds != 0 { continue }
      text += "\(rest / milliseconds)\(name)"
      rest %= milliseconds
    }
    return text
  }
}
