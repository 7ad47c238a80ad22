import PromQL
import Signals
import Templates
import Testing

@Suite("Templates") struct TemplateTests {
  @Test func aTemplateIsParsedOnceAndExpandedForEachAlert() throws {
    let template = try Template(parsing: "{{ $labels.i }} is {{ $value }}", name: "__alert_A")
    var context = AlertContext.context
    #expect(try template.expanded(with: context) == "b is 2.5")
    context.labels = ["i": "c"]
    context.value = .infinity
    #expect(try template.expanded(with: context) == "c is +Inf")
  }

  /// Files with rules are refused in Go's words, which do not name the template a second time.
  @Test func anErrorOfParsingIsThereWithAndWithoutPrometheusWords() {
    let error = #expect(throws: TemplateError.self) {
      try Template(parsing: "a\n{{ $label }}", name: "__alert_A")
    }
    #expect(error?.detail == #"template: __alert_A:2: undefined variable "$label""#)
    #expect(error?.description == "error parsing template __alert_A: \(error?.detail ?? "")")
  }

  @Test func anErrorOfRunningTellsThePlaceWithinTheTextThatStandsBeforeIt() throws {
    let template = try Template(parsing: "{{ query \"bad\" | first }}", name: "__alert_A")
    let error = #expect(throws: TemplateError.self) {
      try template.expanded(with: AlertContext.context)
    }
    #expect(
      error?.description == """
        error executing template __alert_A: template: __alert_A:1:115: executing "__alert_A" at \
        <query "bad">: error calling query: parse error: bad
        """)
  }

  @Test func theQueriesOfATemplateAreAskedInTheirOrder() throws {
    let template = try Template(
      parsing: #"{{ range query "a" }}{{ query .Labels.next | first | value }}{{ end }}"#, name: "T"
    )
    var asked: [String] = []
    var context = AlertContext.context
    context.query = { (query: String) throws(TemplateError) in
      asked.append(query)
      let next = ["n1", "n2"].map { TemplateSample(labels: ["next": $0], value: 1) }
      return query == "a" ? next : [TemplateSample(labels: [:], value: Double(asked.count))]
    }
    #expect(try template.expanded(with: context) == "23")
    #expect(asked == ["a", "n1", "n2"])
  }

  @Test(arguments: [
    (Template.MissingKey.none, "<no value>|"), (.zero, "|"),
    (.error, #"map has no entry for key "x""#),
  ])
  func aKeyThatIsNotThereGivesWhatTheOptionSays(_ option: Template.MissingKey, _ result: String)
    throws
  {
    let template = try Template(parsing: "{{ .x }}|", name: "T", missingKey: option)
    let environment = TemplateEnvironment(
      externalURL: "", now: Timestamp(milliseconds: 0)
    ) { (_: String) throws(TemplateError) in [] }
    let data = TemplateValue.map(Entries([Label(name: "y", value: "1")]))
    do {
      #expect(try template.executed(on: data, in: environment) == result)
    } catch {
      #expect("\(error)".hasSuffix(result))
    }
  }

  @Test func bytesThatAreNoTextAreRepairedInTheOutput() {
    #expect(AlertContext.result(of: #"{{ "a\xffb" }}{{ slice "é" 1 }}"#) == "a\u{fffd}b\u{fffd}")
    #expect(AlertContext.result(of: #"{{ len "\xff" }}"#) == "1")
  }

  @Test(arguments: [
    ("http://h:1/a%20b/c?x#y", "/a b/c"), ("https://h", ""), ("https://h/", "/"), ("", ""),
    ("/only/path", "/only/path"), ("http://h/%zz", "/%zz"), ("http://h?x=/y", ""),
  ])
  func thePathOfTheExternalURLIsThere(url: String, path: String) throws {
    var context = AlertContext.context
    context.externalURL = url
    let template = try Template(parsing: "{{ pathPrefix }}", name: "T")
    #expect(try template.expanded(with: context) == path)
  }
}
