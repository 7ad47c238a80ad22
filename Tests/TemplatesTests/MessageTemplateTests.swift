import Signals
import Templates
import Testing

@Suite("Templates of messages") struct MessageTemplateTests {
  private static func library(_ files: (String, String)...) throws -> TemplateLibrary {
    try TemplateLibrary(files: files.map { TemplateLibrary.File(name: $0.0, text: $0.1) })
  }

  @Test func definitionsOfFilesCanBeCalledAndLaterOnesTakeThePlaceOfEarlierOnes() throws {
    let library = try Self.library(
      (
        "default.tmpl",
        #"{{ define "a" }}a1{{ end }}{{ define "b" }}b1 {{ template "a" . }}{{ end }}"#
      ),
      ("own.tmpl", #"top{{ define "a" }}a2 of {{ .Receiver }}{{ end }}{{ define "b" }} {{ end }}"#))
    for (text, result) in [
      (#"{{ template "b" . }}"#, "b1 a2 of team-x"),
      (#"{{ template "own.tmpl" . }}"#, "top"),
      (#"{{ define "a" }}a3{{ end }}{{ template "b" . }}"#, "b1 a3"),
      (#"{{ block "c" . }}c {{ .Status }}{{ end }}"#, "c firing"),
    ] {
      #expect(MessageContext.result(of: text, library: library) == result, "\(text)")
    }
  }

  /// At the configuration's load, so that no message is lost for it.
  @Test(arguments: [
    (#"{{ template "x" . }}"#, #"1:12: executing "T" at <{{template "x" .}}>: template "x""#),
    (
      #"{{ if .Alerts }}{{ else }}{{ range .Alerts }}{{ template "x" . }}{{ end }}{{ end }}"#,
      #"1:57: executing "T" at <{{template "x" .}}>: template "x""#
    ),
    (
      "{{ define \"y\" }}\n{{ template \"x\" }}{{ end }}{{ template \"y\" }}",
      #"2:12: executing "y" at <{{template "x"}}>: template "x""#
    ),
  ])
  func aCallOfATemplateThatIsNotThereIsRefused(_ text: String, _ problem: String) throws {
    let library = try Self.library(("a.tmpl", #"{{ define "unused" }}{{ template "x" }}{{ end }}"#))
    #expect(
      MessageContext.result(of: text, library: library) == "template: T:\(problem) not defined")
  }

  @Test func aMistakeInAFileIsOneOfTheFile() throws {
    let parsing = #expect(throws: TemplateError.self) {
      try Self.library(("a.tmpl", "x\n{{ query 1 }}"))
    }
    #expect(parsing?.description == #"template: a.tmpl:2: function "query" not defined"#)
    let library = try Self.library(("a.tmpl", "\n{{ define \"a\" }}{{ .Nope }}{{ end }}"))
    #expect(
      MessageContext.result(of: #"{{ template "a" . }}"#, library: library) == """
        template: a.tmpl:2:19: executing "a" at <.Nope>: can't evaluate field Nope in type \
        template.Data
        """)
    let missing = try Self.library(("a.tmpl", "{{ define \"a\" }}{{ template \"b\" }}{{ end }}"))
    #expect(
      MessageContext.result(of: #"{{ template "a" }}"#, library: missing) == """
        template: a.tmpl:1:28: executing "a" at <{{template "b"}}>: template "b" not defined
        """)
  }

  @Test func templatesAreEqualWhenTheirTextsAre() throws {
    let one = try Self.library(("a", "x"))
    #expect(try one == Self.library(("a", "x")))
    #expect(try one != Self.library(("a", "y")))
    let template = try MessageTemplate(parsing: "x", name: "T", library: one)
    #expect(
      try template == MessageTemplate(parsing: "x", name: "T", library: Self.library(("a", "x"))))
    #expect(try template != MessageTemplate(parsing: "y", name: "T", library: one))
    #expect(try template != MessageTemplate(parsing: "x", name: "T", library: TemplateLibrary()))
  }

  /// Renderers try how many alerts there is room for.
  @Test func theSameMessageCanListFewerAlerts() {
    let text = """
      {{ .Status }} {{ range .Alerts }}{{ .Labels.mcp }} {{ end }}\
      {{ with .TruncatedAlerts }}+{{ . }} more{{ end }} {{ len .Alerts.Firing }}
      """
    for (count, result) in [
      (3, "firing weather maps mail  2"), (2, "firing weather maps +1 more 2"),
      (1, "firing weather +2 more 1"), (0, "firing +3 more 0"), (-1, "firing +3 more 0"),
      (9, "firing weather maps mail  2"),
    ] {
      #expect(MessageContext.result(of: text, MessageContext.data.listing(count)) == result)
    }
  }

  /// They are no part of what Alertmanager has, so they are not printed with it.
  @Test func whatIsOursIsThereByName() {
    for (text, result) in [
      ("{{ .FiringTotal }} {{ .ResolvedTotal }} {{ .GroupKey }}", #"2 1 {}:{alertname="McpDown"}"#),
      ("{{ .TruncatedAlerts.x }}", "can't evaluate field x in type int"),
      (
        #"{{ . | printf "%.0s" }}{{ .RouteLabels | toJson }}"#
          + "{{ with index .Alerts 1 }}{{ .SourceURL }}{{ end }}",
        "{}"
      ),
    ] {
      #expect(MessageContext.result(of: text).hasSuffix(result), "\(text)")
    }
    #expect(!MessageContext.result(of: "{{ toJson . }}{{ . }}").contains("McpDown\\\"}"))
  }

  /// Ten thousand alerts cost what is looked at.
  @Test func aMessageOfManyAlertsIsListedInPart() {
    var data = MessageData(alerts: Array(repeating: MessageContext.data.alerts[0], count: 10_000))
    data.receiver = "r"
    let count = "{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .TruncatedAlerts }}"
    #expect(MessageContext.result(of: count, data) == "10000 10000 0")
    #expect(MessageContext.result(of: count, data.listing(10)) == "10 10 9990")
    let look = """
      {{ $n := list }}{{ range .Alerts }}{{ if and (eq .Status "firing") (match "^w" .Labels.mcp) \
      }}{{ $n = 1 }}{{ end }}{{ end }}{{ $n }}
      """
    #expect(MessageContext.result(of: look, data) == "1")
  }
}
