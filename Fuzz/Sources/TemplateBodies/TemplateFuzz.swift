import PromQL
import Signals
import Templates

/// What must hold for every text that is given to templates: it becomes a bounded output or an
/// error that says what is wrong, the same each time. Traps and hangs are found by whoever runs it.
public enum TemplateFuzz {
  /// What does not hold; nil when all does.
  public static func problem(with bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    return problemOfAlerts(with: text) ?? MessageFuzz.problem(with: text)
  }

  private static func problemOfAlerts(with text: String) -> String? {
    let template: Template
    do throws(TemplateError) {
      template = try Template(parsing: text, name: "fuzz")
    } catch {
      return error.description.hasPrefix("error parsing template fuzz: template: fuzz:")
        ? nil : "an error of parsing without its place: \(error)"
    }
    let first = result(of: template)
    let second = result(of: template)
    if let problem = first.problem { return problem }
    return first.text == second.text ? nil : "first \(first.text) and then \(second.text)"
  }

  private static func result(of template: Template) -> (text: String, problem: String?) {
    do throws(TemplateError) {
      let text = try template.expanded(with: context())
      // What is no text becomes U+FFFD, three bytes for one.
      let isBounded = text.utf8.count <= 3 * TemplateLimits.outputBytes
      return (text, isBounded ? nil : "\(text.utf8.count) bytes of output")
    } catch {
      let isPlaced = error.description.hasPrefix("error executing template fuzz: template: fuzz:")
      return (
        error.description, isPlaced ? nil : "an error of running without its place: \(error)"
      )
    }
  }

  private static func context() -> TemplateContext {
    var queries = 0
    return TemplateContext(
      labels: ["__name__": "up", "i": "b", "mcp": "weather"], value: 2.5,
      externalLabels: [Label(name: "region", value: "eu")], externalURL: "http://h:1/x",
      now: Timestamp(milliseconds: 1_353_755_652_123)
    ) { (query: String) throws(TemplateError) in
      queries += 1
      precondition(queries <= TemplateLimits.queries)
      if query.isEmpty { throw TemplateError("no query") }
      return (0..<(query.utf8.count % 4)).map { number in
        TemplateSample(labels: ["i": "\(9 - number)"], value: Double(number) / 2)
      }
    }
  }
}
