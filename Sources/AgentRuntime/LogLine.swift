/// How log lines look.
package enum LogFormat: String, CaseIterable, Sendable {
  case logfmt, json
}

/// One line of the log under way: fields in the order in which they come.
///
/// What values say cannot end the line, begin a field or move a terminal's cursor: characters that
/// control or hide are escaped. Values are cut at 4 KiB, keys at 64 bytes.
package struct LogLine {
  private let format: LogFormat
  private var text: [UInt8] = []
  private var keys: [String] = []

  private static let valueLimit = 4096
  private static let keyLimit = 64

  package init(_ format: LogFormat) { self.format = format }

  /// The whole line.
  package var bytes: [UInt8] {
    switch format {
    case .logfmt: text + "\n".utf8
    case .json: text.isEmpty ? Array("{}\n".utf8) : text + "}\n".utf8
    }
  }

  package mutating func append(_ key: String, _ value: String) {
    var key = Self.isClean(key) ? key : Self.cleaned(key)
    while keys.contains(key) { key += "_" }
    keys.append(key)
    switch format {
    case .logfmt:
      if !text.isEmpty { text.append(UInt8(ascii: " ")) }
      text.append(contentsOf: key.utf8)
      text.append(UInt8(ascii: "="))
      if Self.isBare(value) { text.append(contentsOf: value.utf8) } else { appendQuoted(value) }
    case .json:
      text.append(UInt8(ascii: text.isEmpty ? "{" : ","))
      appendQuoted(key)
      text.append(UInt8(ascii: ":"))
      appendQuoted(value)
    }
  }

  /// Whether the value stands by itself in logfmt.
  private static func isBare(_ value: String) -> Bool {
    !value.isEmpty && value.utf8.count <= valueLimit
      && value.utf8.allSatisfy {
        $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x3d && $0 != 0x5c
      }
  }

  // MARK: Keys

  private static func isClean(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.count <= keyLimit && key.unicodeScalars.allSatisfy(isOfKeys)
  }

  /// Whatever else stands in a key is a `_` there.
  private static func cleaned(_ key: String) -> String {
    let scalars = key.unicodeScalars.prefix(keyLimit).map { isOfKeys($0) ? $0 : "_" }
    return scalars.isEmpty ? "_" : String(String.UnicodeScalarView(scalars))
  }

  private static func isOfKeys(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-", "/": true
    default: false
    }
  }

  // MARK: Values

  private mutating func appendQuoted(_ value: String) {
    text.append(UInt8(ascii: "\""))
    var length = 0
    for scalar in value.unicodeScalars {
      length += UTF8.width(scalar)
      guard length <= Self.valueLimit else {
        text.append(contentsOf: "...".utf8)
        break
      }
      append(scalar)
    }
    text.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\": text.append(contentsOf: [UInt8(ascii: "\\"), UInt8(scalar.value)])
    case "\n": text.append(contentsOf: "\\n".utf8)
    case "\r": text.append(contentsOf: "\\r".utf8)
    case "\t": text.append(contentsOf: "\\t".utf8)
    case " "..."~": text.append(UInt8(scalar.value))
    case _ where Self.isHidden(scalar):
      let hex = String(scalar.value, radix: 16)
      if scalar.value <= 0xffff {
        text.append(contentsOf: "\\u".utf8)
        text.append(contentsOf: String(repeating: "0", count: 4 - hex.count).utf8)
        text.append(contentsOf: hex.utf8)
      } else {
        text.append(UInt8(ascii: "?"))
      }
    default: text.append(contentsOf: String(scalar).utf8)
    }
  }

  /// Control and format characters, which could forge or hide text on a terminal.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }
}
