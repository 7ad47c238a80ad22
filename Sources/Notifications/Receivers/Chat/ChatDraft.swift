import PromQL
import Signals
import Templates

/// A message on its way to its form in a chat: templates become texts that fit.
struct ChatDraft {
  /// What begins a message that was sent by hand.
  static let testMark = "[TEST] "
  private static let problemMax = 200

  let limits: MessageLimits
  /// What is wrong with a template, if one has failed.
  private(set) var problem: String?
  private let message: OutgoingMessage
  private let context: RenderingContext
  private let data: MessageData

  init(_ message: OutgoingMessage, _ context: RenderingContext, _ kind: IntegrationKind) {
    self.message = message
    self.context = context
    limits = .row(for: kind)
    data = MessageData(message, externalURL: context.externalURL)
  }

  /// How colours have it.
  var tone: Tone {
    let firing = message.alerts.filter { !$0.isResolved }
    if firing.isEmpty { return .good }
    let mild = firing.allSatisfy { alert in
      alert.labels.labels.contains {
        $0.name == "severity" && ($0.value == "warning" || $0.value == "info")
      }
    }
    return mild ? .warning : .bad
  }

  enum Tone { case good, warning, bad }

  /// A text of one line, such as a title. `nil` for `name`: there is no default.
  mutating func line(
    _ template: MessageTemplate?, default name: String?, in markup: Markup, to limit: Int,
    leads: Bool = false
  ) -> String {
    let text = expanded(template, default: name, in: markup)
    let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let mark = leads && message.isTest ? markup.escaped(Self.testMark) : ""
    return markup.fitted(mark + oneLine, to: TextBound(unit: limits.unit, count: limit)).text
  }

  /// Another text; `nil` when it is empty.
  mutating func aside(
    _ template: MessageTemplate?, default name: String? = nil, in markup: Markup, to limit: Int
  ) -> String? {
    let text = expanded(template, default: name, in: markup)
    if text.isEmpty { return nil }
    return markup.fitted(text, to: TextBound(unit: limits.unit, count: limit)).text
  }

  /// Of an http or https URL; `nil` for anything else.
  mutating func url(_ template: MessageTemplate?, default name: String? = nil) -> String? {
    SafeLink.encoded(expanded(template, default: name, in: .plain))
  }

  private mutating func expanded(
    _ template: MessageTemplate?, default name: String?, in markup: Markup
  ) -> String {
    if let template {
      do throws(TemplateError) {
        return try ofAll(template, in: markup)
      } catch {
        note(error)
      }
    }
    guard let name else { return "" }
    return firstGood(of: name) { (draft, template) throws(TemplateError) in
      try draft.ofAll(template, in: markup)
    } ?? ""
  }

  /// What is beside the list knows of all alerts, unless looking at them costs too much.
  private func ofAll(
    _ template: MessageTemplate, in markup: Markup
  ) throws(TemplateError) -> String {
    do throws(TemplateError) {
      return try expanded(template, listing: message.alerts.count, in: markup)
    } catch {
      guard error.isBound, message.alerts.count > limits.alerts else { throw error }
      return try expanded(template, listing: limits.alerts, in: markup)
    }
  }

  private mutating func note(_ error: TemplateError) {
    if problem == nil { problem = error.detail }
  }

  /// What comes of the default: of the user's, or else of ours.
  private mutating func firstGood<Result>(
    of name: String, _ make: (Self, MessageTemplate) throws(TemplateError) -> Result
  ) -> Result? {
    for library in [context.templates, DefaultTemplates.library] {
      guard
        let template = try? MessageTemplate(
          parsing: "{{ template \"\(name)\" . }}", name: "default", library: library)
      else { continue }
      do throws(TemplateError) {
        return try make(self, template)
      } catch {
        note(error)
      }
    }
    return nil
  }

  private func expanded(
    _ template: MessageTemplate, listing count: Int, in markup: Markup, valueMax: Int? = nil
  ) throws(TemplateError) -> String {
    let text = try template.expanded(
      with: data.listing(count),
      escaping: { value in
        let cleaned = VisibleText.cleaned(value)
        return markup.escaped(valueMax.map { cleaned.shortened(to: $0) } ?? cleaned)
      }, zone: context.zone)
    return text.trimmingSpace
  }
}

extension ChatDraft {
  /// How the text that lists alerts is made.
  struct Listing {
    /// Of the message.
    var markup: Markup
    /// Of the template, when it is another.
    var templateMarkup: Markup?
    var bound: TextBound
    /// Whether the message begins with it.
    var leads = false
    /// Whether there is no message without it.
    var isNeeded = false
    /// What is done with the template's text before it is measured.
    var finish: (String) -> String = { $0 }

    /// The same for a template without markup.
    func plain(_ finish: @escaping (String) -> String) -> Listing {
      var plain = self
      plain.templateMarkup = .plain
      plain.finish = finish
      return plain
    }
  }

  /// The text that lists alerts: as many as there is room for, "+N more" and, when a template has
  /// failed, what is wrong with it. To be made last, so that it knows.
  ///
  /// `listingOfDefault`: how the default is made, when that is different.
  mutating func text(
    _ template: MessageTemplate?, default name: String, _ listing: Listing,
    ofDefault listingOfDefault: Listing? = nil
  ) -> String {
    if let template {
      do throws(TemplateError) {
        let text = try fitting(template, listing)
        if !text.isEmpty || !listing.isNeeded { return text }
        note(TemplateError("\(template.name): there is no text"))
      } catch {
        note(error)
      }
    }
    let listing = listingOfDefault ?? listing
    let made = firstGood(of: name) { (draft, template) throws(TemplateError) in
      try draft.fitting(template, listing)
    }
    return made ?? listing.finish("\(message.alerts.count) alerts")
  }

  /// With the most alerts that fit; one alert with shorter texts, if it must be.
  private func fitting(
    _ template: MessageTemplate, _ listing: Listing
  ) throws(TemplateError) -> String {
    let most = min(message.alerts.count, limits.alerts)
    if let whole = try? made(template, listing, alerts: most), !whole.isCut { return whole.text }
    // Of a template that fails whatever it lists, this says why.
    let single = try made(template, listing, alerts: 1)
    var (low, high) = (2, most)
    var best = single.isCut ? nil : single.text
    while best != nil && low < high {
      let middle = (low + high) / 2
      if let more = try? made(template, listing, alerts: middle), !more.isCut {
        best = more.text
        low = middle + 1
      } else {
        high = middle
      }
    }
    if let best { return best }
    var shorter = single
    for valueMax in [2048, 1024, 512, 256, 128, 64, 32] where shorter.isCut {
      shorter = try made(template, listing, alerts: 1, valueMax: valueMax)
    }
    return shorter.text
  }

  private func made(
    _ template: MessageTemplate, _ listing: Listing, alerts count: Int, valueMax: Int? = nil
  ) throws(TemplateError) -> FittedText {
    let markup = listing.templateMarkup ?? listing.markup
    var text = try expanded(template, listing: count, in: markup, valueMax: valueMax)
    if listing.leads && message.isTest { text = markup.escaped(Self.testMark) + text }
    text = listing.finish(text)
    let more = message.alerts.count - count
    let says = { (text: String) in more == 0 || text.contains("+\(more) more") }
    var fitted = fitted(text, listing, says(text) ? nil : more)
    if !says(fitted.text) { fitted = self.fitted(text, listing, more) }
    return fitted
  }

  /// With what follows it: how many are not listed, and what is wrong.
  private func fitted(_ text: String, _ listing: Listing, _ more: Int?) -> FittedText {
    var bound = listing.bound
    bound.bytes = min(bound.bytes, max(context.bytesMax, 1024))
    var after = ""
    if let more { after += "\n+\(more) more" }
    if let problem {
      after += "\n(template error: \(VisibleText.cleaned(problem).shortened(to: Self.problemMax)))"
    }
    guard !after.isEmpty else { return listing.markup.fitted(text, to: bound) }
    after = listing.finish((listing.templateMarkup ?? listing.markup).escaped(after))
    bound.count = max(1, bound.count - bound.unit.count(after))
    bound.bytes = max(16, bound.bytes - MessageLimits.Unit.jsonBytes.count(after))
    var fitted = listing.markup.fitted(text, to: bound)
    fitted.text += after
    return fitted
  }
}

extension String {
  /// At most so many characters as readers count them, the mark among them.
  fileprivate func shortened(to limit: Int) -> String {
    guard utf8.count > limit, let end = index(startIndex, offsetBy: limit, limitedBy: endIndex),
      end < endIndex
    else { return self }
    return self[..<index(before: end)] + Markup.cutMark
  }

  fileprivate var trimmingSpace: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
