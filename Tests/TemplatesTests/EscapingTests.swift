import Signals
import Templates
import Testing

/// What an alert says never becomes markup, and what the author of a template writes does.
@Suite("Texts from outside") struct EscapingTests {
  /// Brackets stand for any markup: what is escaped is in them.
  private static func result(of text: String) -> String {
    var data = MessageContext.data
    data.commonLabels = [
      Label(name: "a_b", value: "<x>"), Label(name: "alertname", value: "a\"b"),
      Label(name: "url", value: "c%2Fd <e>"),
    ]
    return MessageContext.result(of: text, data) { "[\($0)]" }
  }

  @Test(arguments: [
    // What is written is escaped, once.
    ("<b>{{ .CommonLabels.a_b }}</b>", "<b>[<x>]</b>"),
    (
      "{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}",
      "[team-x] firing [https://mon.example:9090/x]"
    ),
    ("{{ with .CommonLabels.a_b }}{{ . }}{{ end }}", "[<x>]"),
    ("{{ $x := .CommonLabels.a_b }}{{ $x }}", "[<x>]"),
    (
      "{{ index .CommonLabels \"a_b\" }} {{ (index .Alerts 0).GeneratorURL }}",
      "[<x>] [https://mon.example:9090/x/graph?g0.expr=up]"
    ),
    ("{{ define \"t\" }}{{ . }}{{ end }}{{ template \"t\" .CommonLabels.a_b }}", "[<x>]"),
    ("{{ range .CommonLabels }}{{ . }}{{ end }}", "[<x>][a\"b][c%2Fd <e>]"),
    ("{{ range $k, $v := .GroupLabels }}{{ $k }}{{ $v }}{{ end }}", "[alertname][McpDown]"),
    (
      "{{ range .GroupLabels.SortedPairs }}{{ .Name }}{{ .Value }}{{ end }}", "[alertname][McpDown]"
    ),
    (
      "{{ .GroupLabels }} {{ .GroupLabels.SortedPairs }}", "[alertname=McpDown] [alertname=McpDown]"
    ),
    ("{{ .GroupLabels.Names }} {{ .GroupLabels.Values }}", "[[alertname]] [[McpDown]]"),
    ("{{ index .GroupLabels.SortedPairs 0 }}", "{[alertname] [McpDown]}"),
    // Texts that it becomes a part of are the author's besides.
    (
      "{{ printf \"<i>%s</i> %q\" .CommonLabels.a_b .CommonLabels.alertname }}",
      #"<i>[<x>]</i> "[a\"b]""#
    ),
    ("{{ printf \"%.2s|%5s\" .CommonLabels.a_b .CommonLabels.a_b }}", "[<x]|[<x>]"),
    ("{{ printf .CommonLabels.url }}", "[c%!F(MISSING)d <e>]"),
    ("{{ print \"<i>\" .CommonLabels.a_b }} {{ println .CommonLabels.a_b }}", "<i>[<x>] [<x>]\n"),
    ("{{ join \"<br>\" .CommonLabels.Values }}", "[a\"b]<br>[<x>]<br>[c%2Fd <e>]"),
    ("{{ toJson .GroupLabels }}", #"{"[alertname]":"[McpDown]"}"#),
    (
      "{{ list .CommonLabels.a_b \"<i>\" }} {{ dict \"k\" .CommonLabels.a_b }}",
      "[[<x>] <i>] map[[k]:[<x>]]"
    ),
    ("{{ range $k, $v := dict .CommonLabels.a_b 1 }}{{ $k }}{{ end }}", "[<x>]"),
    ("{{ stringSlice .CommonLabels.a_b \"<i>\" | join \" \" }}", "[<x>] <i>"),
    ("{{ or .CommonLabels.a_b 1 }} {{ and 1 .CommonLabels.a_b }}", "[<x>] [<x>]"),
    ("{{ printf \"%d\" .GroupLabels }}", "map[%!d(string=[alertname]):%!d(string=[McpDown])]"),
    ("{{ printf \"%#v\" .GroupLabels }}", #"template.KV{"[alertname]":"[McpDown]"}"#),
    // What is made of it alone is still from outside.
    ("{{ toUpper .CommonLabels.a_b }} {{ title .CommonLabels.a_b }}", "[<X>] [<X>]"),
    ("{{ reReplaceAll \"x\" \"<b>\" .CommonLabels.a_b }}", "[<<b>>]"),
    ("{{ reReplaceAll \"x\" \"<b>\" \"axa\" }}", "a<b>a"),
    ("{{ slice .CommonLabels.a_b 1 }} {{ trimSpace .CommonLabels.a_b }}", "[x>] [<x>]"),
    (
      "{{ urlUnescape .CommonLabels.url }} {{ base64decode (base64encode .CommonLabels.a_b) }}",
      "[c/d <e>] [<x>]"
    ),
    ("{{ html .CommonLabels.a_b }} {{ urlquery .CommonLabels.a_b }}", "[&lt;x&gt;] [%3Cx%3E]"),
    ("{{ safeHtml .CommonLabels.a_b }} {{ safeUrl .CommonLabels.a_b }}", "[<x>] [<x>]"),
    ("{{ safeHtml \"<b>\" }}", "<b>"),
    ("{{ date .CommonLabels.a_b (index .Alerts 0).StartsAt }}", "[<x>]"),
    ("{{ (index .Alerts 0).StartsAt.Format .CommonLabels.a_b }}", "[<x>]"),
    // Questions are about the text as it is.
    ("{{ eq .CommonLabels.a_b \"<x>\" }} {{ match \"^<x\" .CommonLabels.a_b }}", "true true"),
    ("{{ len .CommonLabels.a_b }} {{ lt .CommonLabels.a_b \"=\" }}", "3 true"),
    ("{{ .CommonLabels.Remove .GroupLabels.Names | len }}", "2"),
    (
      "{{ range $k, $v := .CommonLabels }}{{ eq (index $.CommonLabels $k) $v }} {{ end }}",
      "true true true "
    ),
  ])
  func areEscapedWhereTheyAreWritten(_ text: String, _ expected: String) {
    #expect(Self.result(of: text) == expected, "\(text)")
  }
}
