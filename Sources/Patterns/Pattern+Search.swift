import CRE2

extension Pattern {
  /// Whether the pattern matches any part of `value`.
  public func isFound(in value: String) -> Bool {
    unsafe withBytes(of: value) { bytes, length in
      unsafe cre2_match(raw, bytes, length, 0, false, nil, 0)
    }
  }

  /// `value` with each match replaced by `template`, as `expanding` reads it. Matches do not
  /// overlap; an empty one right behind another is none. `nil` when the result has more than
  /// `limit` bytes.
  public func replacingAll(in value: String, with template: String, atMost limit: Int) -> String? {
    let utf8 = Array(value.utf8)
    var out: [UInt8] = []
    var copied = 0  // bytes of the value that are in `out` or replaced
    var from = 0
    while from <= utf8.count, let spans = match(value, from: from), let match = spans.first,
      match.start >= copied, match.end >= match.start, match.end <= utf8.count
    {
      out += utf8[copied..<match.start]
      if match.end > copied || match.start == 0 {
        out += expanding(template, spans.map { Self.text($0, utf8) }).utf8
      }
      if out.count > limit { return nil }
      copied = match.end
      from = max(match.end, Self.next(utf8, after: from))
    }
    out += utf8[copied...]
    return out.count > limit ? nil : String(decoding: out, as: UTF8.self)
  }

  private func match(_ value: String, from: Int) -> [cre2_span]? {
    let count = unsafe Int(cre2_group_count(raw)) + 1
    var spans = [cre2_span](
      repeating: cre2_span(start: -1, end: -1), count: min(count, Self.mostGroups))
    let matches = unsafe withBytes(of: value) { bytes, length in
      unsafe cre2_match(raw, bytes, length, from, false, &spans, Int32(spans.count))
    }
    return matches ? spans : nil
  }

  private static func text(_ span: cre2_span, _ bytes: [UInt8]) -> Substring? {
    guard span.start >= 0, span.end >= span.start, span.end <= bytes.count else { return nil }
    return Substring(decoding: bytes[span.start..<span.end], as: UTF8.self)
  }

  /// Where the next character begins.
  private static func next(_ bytes: [UInt8], after index: Int) -> Int {
    var index = index + 1
    while index < bytes.count, bytes[index] & 0xc0 == 0x80 { index += 1 }
    return index
  }
}
