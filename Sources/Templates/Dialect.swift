/// Whose templates they are: it decides which functions there are and how much they may cost.
enum Dialect: Sendable {
  /// Labels and annotations of alerts, in Prometheus's dialect.
  case alerts
  /// Messages about alerts, in Alertmanager's.
  case messages

  /// A function that the dialect has.
  func function(_ name: String) -> Function? {
    guard let function = Function(rawValue: Self.spellings[name] ?? name) else { return nil }
    let own = self == .alerts ? Function.ofAlerts : Function.ofMessages
    return Function.ofGo.contains(function) || own.contains(function) ? function : nil
  }

  private static let spellings = ["base64Encode": "base64encode", "base64Decode": "base64decode"]

  var steps: Int {
    self == .alerts ? TemplateLimits.steps : TemplateLimits.stepsOfMessage
  }

  var workBytes: Int {
    self == .alerts ? TemplateLimits.workBytes : TemplateLimits.workBytesOfMessage
  }
}

extension Function {
  static let ofGo: Set<Function> = [
    .and, .call, .html, .index, .slice, .js, .len, .not, .or, .sprint, .printf, .println,
    .urlquery, .eq, .ge, .gt, .le, .lt, .ne,
  ]

  static let ofAlerts: Set<Function> = [
    .query, .first, .label, .value, .strvalue, .sortByLabel, .args, .reReplaceAll, .match, .title,
    .toUpper, .toLower, .safeHtml, .graphLink, .tableLink, .externalURL, .pathPrefix, .stripPort,
    .stripDomain, .urlQueryEscape, .humanize, .humanize1024, .humanizeDuration,
    .humanizePercentage, .humanizeTimestamp, .toTime, .toDuration, .now, .parseDuration,
  ]

  static let ofMessages: Set<Function> = [
    .reReplaceAll, .match, .title, .toUpper, .toLower, .safeHtml, .safeUrl, .trimSpace, .join,
    .urlUnescape, .stringSlice, .date, .tz, .since, .humanizeDuration, .toJson, .dict, .list,
    .append, .base64encode, .base64decode,
  ]
}
