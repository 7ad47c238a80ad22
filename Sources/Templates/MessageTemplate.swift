package import Signals

/// One text of a receiver's settings, parsed: what messages have in that place.
package struct MessageTemplate: Equatable, Sendable {
  package let text: String
  /// For errors.
  package let name: String
  private let library: TemplateLibrary
  private let template: Template

  /// Every template that it calls must be there: in Go it would be missed when a message is made.
  package init(
    parsing text: String, name: String, library: TemplateLibrary
  ) throws(TemplateError) {
    self.text = text
    self.name = name
    self.library = library
    var own = try TemplateLibrary.parsed(text, name: name)
    // A file may define what is called as this is, and this call it.
    let main = own.removeValue(forKey: name)
    var definitions = library.definitions
    definitions.take(over: own)
    definitions[Template.unnamed] = main
    template = Template(name: name, definitions: definitions, text: text)
    do throws(GoError) {
      try template.checkCalls()
    } catch {
      throw TemplateError(error.text)
    }
  }

  /// The text for one message. What alerts say, and other texts that are no markup, becomes so by
  /// `escaping` when it is written; until then functions see it as it is. `zone`: the clocks of a
  /// place, for `tz`.
  package func expanded(
    with data: MessageData, escaping: @escaping TextEscaping,
    zone: @escaping (String) -> TimeZoneRules?
  ) throws(TemplateError) -> String {
    if let plain = template.plain { return plain }
    let environment = TemplateEnvironment(
      externalURL: data.externalURL, now: data.now, zone: zone, escaping: escaping
    ) { (_: String) throws(TemplateError) in [] }
    var execution = Execution(template, environment, data.value)
    do throws(GoError) {
      return try execution.run(data.value)
    } catch {
      throw TemplateError(error)
    }
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.text == rhs.text && lhs.name == rhs.name && lhs.library == rhs.library
  }
}
