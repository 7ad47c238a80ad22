import Signals

/// Chooses between representations by `Accept` and `Accept-Encoding` (RFC 9110, 12.4 and 12.5).
enum Negotiation {
  /// OpenMetrics when it is asked for at least as much as the text format; text for anybody else.
  static func format(accept: String?) -> ExpositionFormat {
    var best = (format: ExpositionFormat.text004, quality: 0.0)
    for choice in choices(in: accept ?? "") where choice.quality > best.quality {
      let version = choice.parameters["version"]
      switch choice.name {
      case "application/openmetrics-text" where version == nil || version == "1.0.0":
        best = (.openMetrics100, choice.quality)
      case "text/plain" where version == nil || version == "0.0.4":
        best = (.text004, choice.quality)
      default: break
      }
    }
    return best.format
  }

  /// Whether gzip is named, and wanted at least as much as no compression.
  static func wantsGzip(acceptEncoding: String?) -> Bool {
    var gzip = 0.0
    var identity = 0.0
    for choice in choices(in: acceptEncoding ?? "") {
      switch choice.name {
      case "gzip", "x-gzip": gzip = choice.quality
      case "identity": identity = choice.quality
      default: break
      }
    }
    return gzip > 0 && gzip >= identity
  }

  private struct Choice {
    var name: String
    var parameters: [String: String] = [:]
    /// 0...1; what is no number counts as not wanted.
    var quality = 1.0
  }

  private static func choices(in header: String) -> [Choice] {
    header.split(separator: ",").compactMap { item in
      let parts = item.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
      guard let name = parts.first, !name.isEmpty else { return nil }
      var choice = Choice(name: name.lowercased())
      for part in parts.dropFirst() {
        guard let equals = part.firstIndex(of: "=") else { continue }
        let key = trimmed(part[..<equals]).lowercased()
        let value = trimmed(part[part.index(after: equals)...])
        if key == "q" {
          choice.quality = Double(value).map { (0...1).contains($0) ? $0 : 0 } ?? 0
        } else {
          choice.parameters[key] = value
        }
      }
      return choice
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
