package import Templates

/// What messages say when the configuration does not say it otherwise. Users' files may define the
/// same names.
package enum DefaultTemplates {
  /// To stand before users' files in a library.
  package static let file = TemplateLibrary.File(
    name: "breakwater.tmpl",
    text: parts + Markings.all.map(\.definitions).joined() + messages + inherited)

  /// Without any user's files.
  static let library = (try? TemplateLibrary(files: [file])) ?? TemplateLibrary()

  /// Without markup, so for all. An alert is the dot of those that are not `title` or `counts`.
  private static let parts = """
    {{ define "breakwater.sign" -}}
      {{ if eq .Status "resolved" }}✅{{ else if eq .Labels.severity "warning" }}🟠
      {{- else if eq .Labels.severity "info" }}🔵{{ else }}🔴{{ end }}
    {{- end }}
    {{ define "breakwater.what" -}}
      {{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}
        {{- with .Labels.mcp }}: {{ . }}{{ end }}{{ end }}
    {{- end }}
    {{ define "breakwater.when" -}}
      {{ if eq .Status "firing" -}}
        since {{ .StartsAt.Format "2 Jan 15:04 MST" }} (
        {{- (since .StartsAt).Seconds | humanizeDuration }})
      {{- else -}}
        lasted {{ (.EndsAt.Sub .StartsAt).Seconds | humanizeDuration }}, \
    {{ .StartsAt.Format "2 Jan 15:04" }} to {{ .EndsAt.Format "2 Jan 15:04 MST" }}
      {{- end }}
    {{- end }}
    {{ define "breakwater.labels" -}}
      {{ .Labels.alertname }}{{ with .Labels.mcp }} · {{ . }}{{ end }}
      {{- with .Labels.severity }} · {{ . }}{{ end }}
    {{- end }}
    {{ define "breakwater.counts" -}}
      {{ if .FiringTotal }}{{ .FiringTotal }} firing{{ if .ResolvedTotal }}, {{ end }}{{ end }}
      {{- if .ResolvedTotal }}{{ .ResolvedTotal }} resolved{{ end }}
    {{- end }}
    {{ define "breakwater.title" -}}
      {{ if and (eq (len .Alerts) 1) (eq .TruncatedAlerts 0) -}}
        {{ with index .Alerts 0 -}}
          {{ template "breakwater.sign" . }} {{ template "breakwater.what" . -}}
          {{ if eq .Status "resolved" }}: resolved{{ end }}
        {{- end }}
      {{- else -}}
        {{ if eq .Status "firing" }}🔴{{ else }}✅{{ end }} \
    {{ with .CommonLabels.alertname }}{{ . }}{{ else }}Alerts{{ end }}
        {{- with .CommonLabels.mcp }} of {{ . }}{{ end }}: {{ template "breakwater.counts" . }}
      {{- end }}
    {{- end }}

    """

  /// By the names that Alertmanager has for them.
  private static let messages = """
    {{ define "slack.default.title" }}{{ template "breakwater.title" . }}{{ end }}
    {{ define "slack.default.titlelink" }}{{ .PageURL }}{{ end }}
    {{ define "slack.default.fallback" }}{{ template "breakwater.title" . }}{{ end }}
    {{ define "slack.default.text" }}{{ template "slack.alerts" . }}{{ end }}
    {{ define "slack.default.footer" }}{{ .NotificationReason }}{{ end }}
    {{ define "mattermost.default.text" }}{{ template "markdown.message" . }}{{ end }}
    {{ define "discord.default.title" }}{{ template "breakwater.title" . }}{{ end }}
    {{ define "discord.default.message" }}{{ template "markdown.alerts" . }}{{ end }}
    {{ define "discord.default.content" }}{{ end }}
    {{ define "msteamsv2.default.title" }}{{ template "breakwater.title" . }}{{ end }}
    {{ define "msteamsv2.default.text" }}{{ template "markdown.alerts" . }}{{ end }}
    {{ define "telegram.default.message" }}{{ template "telegram.message" . }}{{ end }}
    {{ define "telegram.default.text" }}{{ template "plain.message" . }}{{ end }}
    {{ define "matrix.default.text" }}{{ template "plain.message" . }}{{ end }}
    {{ define "matrix.default.html" }}{{ template "matrix.message" . }}{{ end }}

    """

  /// What users' files written for Alertmanager call besides. The dot of the lists is some alerts.
  private static let inherited = """
    {{ define "__alertmanager" }}Breakwater{{ end }}
    {{ define "__alertmanagerURL" }}{{ .PageURL }}{{ end }}
    {{ define "__subject" }}{{ template "breakwater.title" . }}{{ end }}
    {{ define "__description" }}{{ end }}
    {{ define "__text_alert_list" -}}
      {{ range $index, $alert := . }}{{ if $index }}\n\n{{ end -}}
        {{ template "breakwater.sign" . }} {{ template "breakwater.what" . }}\n\
    {{ template "plain.alert" . }}
      {{- end }}
    {{- end }}
    {{ define "__text_alert_list_markdown" -}}
      {{ range $index, $alert := . }}{{ if $index }}\n\n{{ end -}}
        {{ template "breakwater.sign" . }} **{{ template "breakwater.what" . }}**\n\
    {{ template "markdown.alert" . }}
      {{- end }}
    {{- end }}
    {{ define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
    {{ define "slack.default.pretext" }}{{ end }}
    {{ define "slack.default.iconemoji" }}{{ end }}
    {{ define "slack.default.iconurl" }}{{ end }}
    {{ define "slack.default.callbackid" }}{{ end }}

    """
}

/// How a language writes the little markup that the defaults have.
private struct Markings {
  var name: String
  var bold: (String, String)
  /// Around a URL, and around its text.
  var link: (before: String, between: String, after: String)
  /// The text of a link is before its URL.
  var hasTextFirst = false
  var line = "\n"

  static let all = [
    Markings(name: "slack", bold: ("*", "*"), link: ("<", "|", ">")),
    Markings(name: "markdown", bold: ("**", "**"), link: ("[", "](", ")"), hasTextFirst: true),
    Markings(
      name: "telegram", bold: ("<b>", "</b>"), link: ("<a href=\"", "\">", "</a>")),
    Markings(
      name: "matrix", bold: ("<b>", "</b>"), link: ("<a href=\"", "\">", "</a>"), line: "<br>"),
    Markings(name: "plain", bold: ("", ""), link: ("", ": ", ""), hasTextFirst: true),
  ]

  /// Up to five alerts are told in full, more are a line each. After `alerts` come what is not
  /// listed, and nothing else.
  var definitions: String {
    """
    {{ define "\(name).alert" -}}
      {{ template "breakwater.when" . }} · {{ template "breakwater.labels" . }}
      {{- with .Annotations.description }}\(line){{ . }}{{ end }}
      {{- with .Annotations.reason }}\(line)reason: {{ . }}{{ else -}}
        {{ with .Labels.reason }}\(line)reason: {{ . }}{{ else -}}
          {{ with .Labels.outcome }}\(line)outcome: {{ . }}{{ end }}{{ end }}{{ end }}
      {{- with .Annotations.evidence }}\(line)evidence: {{ . }}{{ end }}
      {{- if .RunbookURL }}\(line)\(link(".RunbookURL", "Runbook"))
        {{- if .SourceURL }} · {{ end }}
      {{- else -}}
        {{ with .Annotations.runbook_url }}\(line)runbook: {{ . }}{{ end }}
        {{- if .SourceURL }}\(line){{ end }}
      {{- end }}
      {{- if .SourceURL }}\(link(".SourceURL", "Query")){{ end }}
    {{- end }}
    {{ define "\(name).alerts" -}}
      {{ $isOne := and (eq (len .Alerts) 1) (eq .TruncatedAlerts 0) -}}
      {{ $isFew := and (le .FiringTotal 5) (le .ResolvedTotal 5) -}}
      {{ range $index, $alert := .Alerts -}}
        {{ if $isOne }}{{ template "\(name).alert" . }}
        {{- else -}}
          {{ if $index }}\(line){{ if $isFew }}\(line){{ end }}{{ end -}}
          {{ template "breakwater.sign" . }} \(bold.0)\
    {{ template "breakwater.what" . }}\(bold.1)
          {{- if $isFew }}\(line){{ template "\(name).alert" . }}
          {{- else }} {{ template "breakwater.when" . }}{{ end }}
        {{- end }}
      {{- end }}
      {{- with .TruncatedAlerts }}\(line)+{{ . }} more{{ end }}
    {{- end }}
    {{ define "\(name).message" -}}
    \(bold.0){{ template "breakwater.title" . }}\(bold.1)\(line)\
    {{ template "\(name).alerts" . }}\(line){{ .NotificationReason }}\
    {{ if .PageURL }} · \(link(".PageURL", "Page")){{ end }}
    {{- end }}

    """
  }

  private func link(_ field: String, _ text: String) -> String {
    let (first, second) = hasTextFirst ? (text, "{{ \(field) }}") : ("{{ \(field) }}", text)
    return link.before + first + link.between + second + link.after
  }
}
