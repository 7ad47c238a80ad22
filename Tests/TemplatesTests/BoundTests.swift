import PromQL
import Signals
import Templates
import Testing

/// Templates that would cost too much are refused, each with its own words.
@Suite("Bounds") struct BoundTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    /// In the error.
    var words: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ words: String) {
      (self.name, self.text, self.words) = (name, text, words)
    }
  }

  private static func times(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  static let rows: [Row] = [
    Row("a long text", times("x", TemplateLimits.textBytes + 1), "longer than 65536 bytes"),
    Row("many parentheses", "{{ " + times("(", 41) + "1" + times(")", 41) + " }}", deep),
    Row("all parentheses", "{{ " + times("(", 60_000), deep),
    Row("many controls", times("{{if 1}}", 41) + times("{{end}}", 41), deep),
    Row("many blocks", times("{{block \"x\" .}}", 2_000), deep),
    Row("endless recursion", #"{{define "x"}}{{template "x"}}{{end}}{{template "x"}}"#, deep),
    Row(
      "recursion through blocks",
      #"{{define "x"}}{{if 1}}{{range 1}}{{template "x"}}{{end}}{{end}}{{end}}{{template "x"}}"#,
      deep),
    Row("a long loop", "{{range 9223372036854775807}}{{end}}", "more than 10000 steps"),
    Row(
      "loops within loops", "{{range 999}}{{range 999}}{{range 999}}{{end}}{{end}}{{end}}",
      "more than 10000 steps"),
    Row(
      "output", "{{range 2000}}" + times("x", 100) + "{{end}}", "more than 65536 bytes of output"),
    Row("a wide number", #"{{ printf "%99999d" 1 }}"#, "more than 65536 bytes of text"),
    Row("a precise number", #"{{ printf "%.99999f" 1.0 }}"#, "more than 65536 bytes of text"),
    Row("a wide text", #"{{ printf "%*s" 999999 "x" }}"#, "more than 65536 bytes of text"),
    Row(
      "a text that doubles", #"{{$x := "abcd"}}{{range 99}}{{$x = print $x $x}}{{end}}"#,
      "more than 65536 bytes of text"),
    Row(
      "a text that doubles by a pattern",
      #"{{$x := "ab"}}{{range 99}}{{$x = reReplaceAll "." "$0$0" $x}}{{end}}"#,
      "more than 65536 bytes of text"),
    Row(
      "many long texts", #"{{range 99}}{{$x := printf "%60000d" 1}}{{end}}"#,
      "functions took and made more than 1048576 bytes"),
    Row(
      "many patterns", #"{{range $i := 999}}{{ match (print "a{99}" $i) "b" }}{{end}}"#,
      "functions took and made more than 1048576 bytes"),
    Row("a large pattern", #"{{ match "\\pL{999}" "b" }}"#, "too large"),
    Row(
      "maps within maps", "{{$x := 1}}{{range 99}}{{$x = args $x}}{{end}}",
      "maps are nested deeper than 20"),
    Row(
      "maps that double", "{{$x := 1}}{{range 19}}{{$x = args $x $x $x $x}}{{end}}{{ $x }}",
      "more than 65536 bytes of text"),
    Row("queries", #"{{range 11}}{{query "x" | len}}{{end}}"#, "more than 10 queries"),
  ]
  private static let deep = "nested deeper than 40"

  @Test(arguments: rows) func isRefused(_ row: Row) {
    let result = AlertContext.result(of: row.text)
    #expect(result.hasPrefix("error "), "\(result.prefix(200))")
    #expect(result.contains(row.words), "\(result.prefix(300))")
  }

  /// Of messages, which are about many alerts; a smaller one would do, and the error says that.
  @Test(arguments: [
    Row("a long loop", "{{range 9223372036854775807}}{{end}}", "more than 200000 steps"),
    Row(
      "loops over alerts",
      "{{range .Alerts}}{{range $.Alerts}}{{range $.Alerts}}{{end}}{{end}}{{end}}",
      "more than 200000 steps"),
    Row("output", "{{range .Alerts}}{{.Labels.mcp}}" + times("x", 100) + "{{end}}", output),
    Row("output of a list", "{{.Alerts}}", "more than 65536 bytes of text"),
    Row("JSON", "{{toJson .}}", "more than 65536 bytes of text"),
    Row(
      "many long texts", #"{{range .Alerts}}{{$x := printf "%60000d" 1}}{{end}}"#,
      "functions took and made more than 8388608 bytes"),
    Row(
      "texts of alerts",
      "{{range .Alerts}}{{range .Labels.SortedPairs.Values}}"
        + times("{{if eq . `x`}}{{end}}", 9) + "{{end}}{{end}}", "more than 200000 steps"),
    Row(
      "lists within lists", "{{$x := list}}{{range 99}}{{$x = list $x}}{{end}}",
      "nested deeper than 20"),
    Row(
      "lists that double", "{{$x := list 1}}{{range 19}}{{$x = list $x $x $x $x}}{{end}}{{ $x }}",
      "more than 65536 bytes of text"),
    Row(
      "dictionaries that double",
      #"{{$x := 1}}{{range 19}}{{$x = dict "a" $x "b" $x "c" $x}}{{end}}{{ toJson $x }}"#,
      "more than 65536 bytes of text"),
    Row(
      "a list that grows", "{{$x := list}}{{range 99999}}{{$x = append $x 1}}{{end}}",
      "more than 200000 steps"),
    Row(
      "joined texts",
      #"{{ join (printf "%60000d" 1) (index .Alerts 0).Labels.Names }}"#,
      "more than 65536 bytes of text"),
  ])
  func isRefusedInAMessage(_ row: Row) throws {
    var data = MessageData(alerts: Array(repeating: MessageContext.data.alerts[0], count: 2_000))
    data.commonLabels = MessageContext.data.commonLabels
    let template = try MessageTemplate(parsing: row.text, name: "T", library: TemplateLibrary())
    let error = #expect(throws: TemplateError.self) {
      try template.expanded(with: data, escaping: { $0 }, zone: { _ in nil })
    }
    #expect(error?.description.contains(row.words) == true, "\(error?.description ?? "")")
    #expect(error?.isBound == true)
  }
  private static let output = "more than 65536 bytes of output"

  @Test func aLibraryHasABound() {
    let file = TemplateLibrary.File(name: "a", text: "")
    #expect(throws: TemplateError.self) {
      try TemplateLibrary(files: Array(repeating: file, count: TemplateLimits.files + 1))
    }
    let long = TemplateLibrary.File(name: "a", text: Self.times("x", 65_537))
    #expect(throws: TemplateError.self) { try TemplateLibrary(files: [long]) }
  }

  /// The deepest that is allowed, on the small stack of a test's thread.
  @Test func whatIsJustWithinTheBoundsRuns() {
    let deep = Self.times("(print ", 40) + "1" + Self.times(")", 40)
    #expect(AlertContext.result(of: "{{ \(deep) }}") == "1")
    let controls = Self.times("{{with 1}}", 40) + "{{.}}" + Self.times("{{end}}", 40)
    #expect(AlertContext.result(of: controls) == "1")
    let chain = "{{if 0}}" + Self.times("{{else if 0}}", 2_000) + "{{else}}2{{end}}"
    #expect(AlertContext.result(of: chain) == "2")
    let recursion = #"""
      {{define "x"}}{{with .a}}{{else}}{{print (print (print "y"))}}{{end}}{{end}}\#
      {{define "y"}}{{range 1}}{{with 1}}{{block "z" .}}{{template "x" args}}{{end}}{{end}}{{end}}\#
      {{end}}{{range 9}}{{template "y"}}{{end}}
      """#
    #expect(AlertContext.result(of: recursion) == "yyyyyyyyy")
    #expect(AlertContext.result(of: "{{range 1999}}{{.}}{{end}}").hasSuffix("19971998"))
    #expect(AlertContext.result(of: Self.times("x", 65_000)).count == 65_000)
    #expect(AlertContext.result(of: #"{{ printf "%65000d" 1 | len }}"#) == "65000")
  }

  /// Numbers at the ends of their ranges: an answer or an error, never a trap.
  @Test(arguments: [
    #"{{ index "abc" 9223372036854775807 }}"#, #"{{ index "abc" -9223372036854775808 }}"#,
    #"{{ slice "abc" 9223372036854775807 }}"#, #"{{ slice "abc" -1 }}"#,
    #"{{ printf "%[9223372036854775807]d" 1 }}"#, #"{{ printf "%999999999999999999999d" 1 }}"#,
    #"{{ printf "%.999999999999999999999d" 1 }}"#, #"{{ printf "%*d" -9223372036854775808 1 }}"#,
    #"{{ printf "%d %x %c %q %U" -9223372036854775808 -1 -1 -1 -1 }}"#,
    #"{{ printf "%x %b %e %.99g" 5e-324 1.7976931348623157e308 5e-324 0.1 }}"#,
    #"{{ toTime 9223372036.854776 }}"#, #"{{ toTime -9223372036.854776 }}"#,
    #"{{ toDuration 1e300 }}{{ toDuration -1e300 }}{{ toDuration "NaN" }}"#,
    #"{{ (toDuration 1e300).Abs }}{{ (toDuration 1e300).Round (toDuration 7) }}"#,
    #"{{ ((toTime 1).AddDate 9223372036854775807 -9223372036854775808 9223372036854775807) }}"#,
    #"{{ $t := toTime 1 }}{{ range 999 }}{{ $t = $t.AddDate 999999999 0 0 }}{{ end }}{{ $t }}"#,
    #"{{ $t := toTime 1 }}{{ range 99 }}{{ $t = $t.Add (toDuration 9e9) }}{{ end }}{{ $t }}"#,
    #"{{ ((toTime 9e9).Sub ((toTime -9e9).AddDate -999999999 0 0)) }}"#,
    #"{{ humanizeDuration 1e300 }}{{ humanizeDuration -1e300 }}{{ humanize 1e308 }}"#,
    #"{{ parseDuration "9223372036854775807ms" }}"#, #"{{ parseDuration "292y" }}"#,
    #"{{ range -9223372036854775808 }}{{ end }}"#, #"{{ eq 9223372036854775807 9e18 }}"#,
    #"{{ ((toTime 1).Truncate 9223372036854775807) }}{{ (toTime 1).Round 9223372036854775807 }}"#,
  ])
  func neverTraps(_ text: String) {
    #expect(AlertContext.result(of: text).utf8.count <= TemplateLimits.outputBytes)
  }
}
