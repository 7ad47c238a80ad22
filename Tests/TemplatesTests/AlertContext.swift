import PromQL
import Signals
import Templates

/// The alert that the cases are about.
enum AlertContext {
  static let name = "__alert_T"

  /// `query` gives two samples, none for `nope`, and an error for `bad`.
  static var context: TemplateContext {
    TemplateContext(
      labels: ["__name__": "latency", "i": "b", "job": "j1", "html": "<a&'\">"], value: 2.5,
      externalLabels: [Label(name: "region", value: "eu")],
      externalURL: "https://mon.example:9090/x/y",
      now: Timestamp(milliseconds: 1_353_755_652_123), query: answer)
  }

  private static func answer(_ query: String) throws(TemplateError) -> [TemplateSample] {
    switch query {
    case "bad": throw TemplateError("parse error: bad")
    case "nope": return []
    default:
      return [
        TemplateSample(labels: ["__name__": "m", "i": "b", "__value__": "vb"], value: 2.5),
        TemplateSample(labels: ["__name__": "m", "i": "a"], value: 0.5),
      ]
    }
  }

  /// The output, or the error.
  static func result(of text: String) -> String {
    do {
      return try Template(parsing: text, name: name).expanded(with: context)
    } catch {
      return error.description
    }
  }
}
