import Alerting
import PromQL
import Signals
import Templates

extension RuleReader {
  private static let keys = [
    "record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations",
  ]

  /// `nil` when there is a reason, which is reported.
  func readRule(
    _ node: Node, _ path: String, _ group: RuleFields, _ shared: inout SharedLabels
  ) -> (rule: Rule, place: ExpressionPlace)? {
    guard let unnamed = RuleFields(node, path: path, findings: findings) else { return nil }
    let record = unnamed.text("record", atMost: Self.nameLimit)
    let alert = unnamed.text("alert", atMost: Self.nameLimit)
    let name = alert.isEmpty ? record : alert
    let fields = unnamed.renamed("\(path), \(name.shown)")
    checkKeys(fields, Self.keys)
    if !record.isEmpty && !alert.isEmpty {
      fields.report("only one of 'record' and 'alert' must be set")
    } else if name.isEmpty {
      fields.report("one of 'record' or 'alert' must be set")
    }
    if !record.isEmpty { checkRecording(record, fields) }
    let own = labels(fields)
    let names = Set(own.map(\.label.name))
    let taken = shared.all.filter { !names.contains($0.label.name) }
    let labels = (own + taken).map(\.label).sorted { $0.name < $1.name }
    var alerting = Rule.Alerting()
    if !alert.isEmpty {
      alerting.holdDuration = fields.duration("for") ?? .zero
      alerting.keepFiringFor = fields.duration("keep_firing_for") ?? .zero
      alerting.annotations = annotations(fields, of: alert)
      alerting.labels = templates(own, "label", of: alert, fields)
      for label in taken where !shared.wrong.contains(label.label.name) {
        let parsed = templates([label], "label", of: alert, group)
        if parsed.isEmpty { shared.wrong.insert(label.label.name) }
        alerting.labels += parsed
      }
      alerting.labels.sort { $0.name < $1.name }
    }
    guard let (expression, place) = expression(fields) else { return nil }
    let kind = alert.isEmpty ? Rule.Kind.recording : .alerting(alerting)
    return (Rule(name: name, expression: expression, labels: labels, kind: kind), place)
  }

  private func checkRecording(_ record: String, _ fields: RuleFields) {
    for key in ["for", "keep_firing_for"] {
      guard let entry = fields.entry(key), let time = fields.duration(key), time > .zero else {
        continue
      }
      fields.report("invalid field '\(key)' in recording rule", at: entry.place)
    }
    if let entry = fields.entry("annotations"), !fields.texts("annotations").isEmpty {
      fields.report("invalid field 'annotations' in recording rule", at: entry.place)
    }
    if record.utf8.contains(UInt8(ascii: "{")) || record.utf8.contains(UInt8(ascii: "}")) {
      fields.report(
        "braces present in the recording rule name; should it be in expr?: \(record.shown)",
        at: fields.entry("record")?.value.place)
    }
  }

  private func annotations(_ fields: RuleFields, of alert: String) -> [TemplatedLabel] {
    let entries = fields.texts("annotations").compactMap { entry -> PlacedLabel? in
      checkName(entry, of: "annotation", fields)
      guard let text = fields.text(of: entry, atMost: Self.textLimit) else { return nil }
      return PlacedLabel(label: Label(name: entry.key, value: text), place: entry.value.place)
    }
    return templates(entries, "annotation", of: alert, fields).sorted { $0.name < $1.name }
  }

  /// Those whose text is a template; the others are reported.
  private func templates(
    _ labels: [PlacedLabel], _ kind: String, of alert: String, _ fields: RuleFields
  ) -> [TemplatedLabel] {
    labels.compactMap { placed in
      let (name, text) = (placed.label.name, placed.label.value)
      do throws(TemplateError) {
        let template = try Template(parsing: text, name: "__alert_\(alert)")
        return TemplatedLabel(name: name, text: text, template: template)
      } catch {
        fields.report(
          "\(kind) \(name.shown): \(Self.words(of: error.detail))", at: placed.place)
        return nil
      }
    }
  }

  /// Go names the variable that is not defined; Prometheus says what that means.
  static func words(of error: String) -> String {
    let mark = "undefined variable \""
    guard let start = error.firstRange(of: mark)?.upperBound else { return error }
    let name = error[start...].prefix { $0 != "\"" }
    let meaning = "template uses an undefined variable (\(name))"
    return error.contains(meaning) ? error : "\(error): \(meaning)"
  }

  private func expression(_ fields: RuleFields) -> (Expression, ExpressionPlace)? {
    guard let entry = fields.entry("expr"),
      let text = fields.text(of: entry, atMost: Self.textLimit)
    else {
      if fields.entry("expr") == nil { fields.report("field 'expr' must be set in rule") }
      return nil
    }
    guard !text.isEmpty else {
      fields.report("field 'expr' must be set in rule", at: entry.value.place)
      return nil
    }
    let place = ExpressionPlace(place: entry.value.place, inset: entry.value.inset, text: text)
    var problems: [ParseError]
    do {
      let expression = try Expression(parsing: text, limits: Self.parseLimits)
      problems = expression.unsupported
      if expression.type == .matrix || expression.type == .string {
        problems.append(
          ParseError(
            "a rule's result must be a vector or scalar, this is a "
              + expression.type.rawValue, expression.range))
      }
      if problems.isEmpty { return (expression, place) }
    } catch {
      problems = error.errors
    }
    for problem in problems.prefix(10) {
      fields.report(
        "could not parse expression: \(problem.text(in: text))",
        at: place.place(ofByte: problem.range.lowerBound))
    }
    return nil
  }
}
