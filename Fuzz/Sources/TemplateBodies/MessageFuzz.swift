import Signals
import Templates

/// What must hold for every text that is given to templates of messages: it becomes a bounded
/// output or an error that says what is wrong, the same each time, and nothing that alerts say gets
/// into the output without having been escaped.
enum MessageFuzz {
  /// Is in all that alerts say, and escaping takes it away.
  private static let mark: Unicode.Scalar = "\u{e000}"

  /// What does not hold; nil when all does.
  static func problem(with text: String) -> String? {
    let template: MessageTemplate
    do throws(TemplateError) {
      template = try MessageTemplate(parsing: text, name: "fuzz", library: library)
    } catch {
      return error.isPlaced ? nil : "an error of parsing without its place: \(error)"
    }
    let (first, second) = (result(of: template), result(of: template))
    if let problem = first.problem { return problem }
    return first.text == second.text ? nil : "first \(first.text) and then \(second.text)"
  }

  private static func result(of template: MessageTemplate) -> (text: String, problem: String?) {
    do throws(TemplateError) {
      let text = try template.expanded(with: data, escaping: escaped, zone: zone)
      if text.unicodeScalars.contains(mark), !template.text.unicodeScalars.contains(mark) {
        return (text, "a text from outside got into the output as it is: \(text)")
      }
      // What is no text becomes U+FFFD, three bytes for one.
      let isBounded = text.utf8.count <= 3 * TemplateLimits.outputBytes
      return (text, isBounded ? nil : "\(text.utf8.count) bytes of output")
    } catch {
      return (
        error.description, error.isPlaced ? nil : "an error of running without its place: \(error)"
      )
    }
  }

  private static func escaped(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != mark }))
  }

  private static func zone(_ name: String) -> TimeZoneRules? {
    guard name.utf8.count % 2 == 0 else { return nil }
    let winter = TimeZoneRules.Change(
      at: Timestamp(milliseconds: 0), offset: -12_345, abbreviation: "WT")
    return TimeZoneRules(name: name, changes: name.utf8.count % 4 == 0 ? [] : [winter])
  }

  private static let library: TemplateLibrary = {
    let text = #"{{ define "x" }}<{{ . }}>{{ end }}{{ define "y" }}{{ template "x" . }}{{ end }}"#
    return (try? TemplateLibrary(files: [TemplateLibrary.File(name: "f", text: text)]))
      ?? TemplateLibrary()
  }()

  private static let data: MessageData = {
    let labels = ["alertname": "A", "mcp": "a b", "region": "<e>&\"'%41_*"].map { name, value in
      Label(name: name, value: "\(mark)\(value)")
    }.sorted { $0.name < $1.name }
    let alerts = (0..<3).map { number in
      MessageAlert(
        labels: labels, annotations: [Label(name: "a\(mark)", value: "2.5\(mark)")],
        startsAt: Timestamp(milliseconds: 1_782_901_845_123),
        endsAt: number == 1 ? Timestamp(milliseconds: 1_782_901_846_000) : nil,
        generatorURL: "http://h/\(mark)", fingerprint: UInt64(number))
    }
    var data = MessageData(alerts: alerts)
    data.receiver = "r\(mark)"
    data.commonLabels = labels
    data.groupLabels = Array(labels.prefix(1))
    data.externalURL = "http://h:1/x\(mark)"
    return data.listing(2)
  }()
}

extension TemplateError {
  fileprivate var isPlaced: Bool {
    description.hasPrefix("template: fuzz:") || description.hasPrefix("template: f:")
  }
}
