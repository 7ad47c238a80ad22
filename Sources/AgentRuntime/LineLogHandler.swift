package import Logging
import Signals
import Threading

/// How log lines look.
package enum LogFormat: String, CaseIterable, Sendable {
  case logfmt, json
}

/// swift-log's lines as Prometheus writes them: `ts=... level=info msg="..." key=value`.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let format: LogFormat
  private let output: LogOutput

  package init(format: LogFormat, level: Logger.Level, output: LogOutput) {
    self.format = format
    self.output = output
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields: [(String, String)] = [
      ("ts", RFC3339.string(SystemClock.wall)), ("level", event.level.word),
      ("msg", event.message.description),
    ]
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      fields.append((key, value.description))
    }
    if let error = event.error { fields.append(("error", String(describing: error))) }
    output.write(format == .json ? LogLine.json(fields) : LogLine.logfmt(fields))
  }
}

extension Logger.Level {
  fileprivate var word: String {
    switch self {
    case .trace, .debug: "debug"
    case .info, .notice: "info"
    case .warning: "warn"
    case .error, .critical: "error"
    }
  }
}

/// Renders fields as one line. Values are cut at 4 KiB and control characters escaped.
package enum LogLine {
  package static func logfmt(_ fields: [(String, String)]) -> [UInt8] {
    var line: [UInt8] = []
    for (key, value) in fields {
      if !line.isEmpty { line.append(UInt8(ascii: " ")) }
      line.append(contentsOf: key.utf8)
      line.append(UInt8(ascii: "="))
      let isBare =
        !value.isEmpty
        && value.utf8.allSatisfy {
          $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x3d && $0 != 0x5c
        }
      if isBare && value.utf8.count <= valueLimit {
        line.append(contentsOf: value.utf8)
      } else {
        appendQuoted(value, to: &line)
      }
    }
    line.append(UInt8(ascii: "\n"))
    return line
  }

  package static func json(_ fields: [(String, String)]) -> [UInt8] {
    var line: [UInt8] = [UInt8(ascii: "{")]
    for (key, value) in fields {
      if line.count > 1 { line.append(UInt8(ascii: ",")) }
      appendQuoted(key, to: &line)
      line.append(UInt8(ascii: ":"))
      appendQuoted(value, to: &line)
    }
    line.append(contentsOf: "}\n".utf8)
    return line
  }

  private static let valueLimit = 4096

  private static func appendQuoted(_ value: String, to line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    var length = 0
    for scalar in value.unicodeScalars {
      length += UTF8.width(scalar)
      guard length <= valueLimit else {
        line.append(contentsOf: "...".utf8)
        break
      }
      append(scalar, to: &line)
    }
    line.append(UInt8(ascii: "\""))
  }

  private static func append(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
    switch scalar {
    case "\"", "\\": line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(scalar.value)])
    case "\n": line.append(contentsOf: "\\n".utf8)
    case "\r": line.append(contentsOf: "\\r".utf8)
    case "\t": line.append(contentsOf: "\\t".utf8)
    case _ where isHidden(scalar):
      let hex = String(scalar.value, radix: 16)
      if scalar.value <= 0xffff {
        line.append(contentsOf: "\\u".utf8)
        line.append(contentsOf: String(repeating: "0", count: 4 - hex.count).utf8)
        line.append(contentsOf: hex.utf8)
      } else {
        line.append(UInt8(ascii: "?"))
      }
    default: line.append(contentsOf: String(scalar).utf8)
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
