package import PromQL
package import Signals

/// The labels of a series as bytes: for each name and value a varint of its length, then its UTF-8.
package enum StoredLabels {
  package static func bytes(of labels: some Sequence<Label>) -> [UInt8] {
    var out: [UInt8] = []
    for label in labels {
      for text in [label.name, label.value] {
        var length = text.utf8.count
        while length >= 0x80 {
          out.append(UInt8(length & 0x7f) | 0x80)
          length >>= 7
        }
        out.append(UInt8(length))
        out.append(contentsOf: text.utf8)
      }
    }
    return out
  }

  package static func bytes(of labels: LabelSet) -> [UInt8] { bytes(of: labels.labels) }

  /// `nil` when the bytes are not of `bytes(of:)`, or of labels that no series has.
  package static func labels(from bytes: [UInt8]) -> LabelSet? {
    guard let labels = list(from: bytes), !labels.isEmpty,
      labels.allSatisfy({ !$0.value.isEmpty })
    else { return nil }
    return LabelSet(labels)
  }

  /// `nil` when the bytes are not of `bytes(of:)`.
  package static func list(from bytes: [UInt8]) -> [Label]? {
    var rest = bytes[...]
    var labels: [Label] = []
    while !rest.isEmpty {
      guard let name = text(from: &rest), let value = text(from: &rest) else { return nil }
      labels.append(Label(name: name, value: value))
    }
    return labels
  }

  private static func text(from rest: inout ArraySlice<UInt8>) -> String? {
    var length = 0
    var shift = 0
    while let byte = rest.popFirst() {
      guard shift < 28 else { return nil }
      length |= Int(byte & 0x7f) << shift
      shift += 7
      if byte >= 0x80 { continue }
      guard length <= rest.count else { return nil }
      defer { rest = rest.dropFirst(length) }
      return String(validating: rest.prefix(length), as: UTF8.self)
    }
    return nil
  }
}
