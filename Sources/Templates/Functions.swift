import Patterns
import PromQL
import Signals

/// The functions that a template may call: Go's own, Prometheus's and Alertmanager's. Which of them
/// there are is up to the dialect.
enum Function: String, CaseIterable, Sendable {
  case and, call, html, index, slice, js, len, not, or, sprint = "print", printf, println
  case urlquery, eq, ge, gt, le, lt, ne

  case query, first, label, value, strvalue, sortByLabel, args
  case reReplaceAll, match, title, toUpper, toLower, safeHtml
  case graphLink, tableLink, externalURL, pathPrefix, stripPort, stripDomain, urlQueryEscape
  case humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp
  case toTime, toDuration, now, parseDuration

  case trimSpace, join, safeUrl, urlUnescape, stringSlice, date, tz, since, toJson
  case dict, list, append, base64encode, base64decode

  var signature: Signature {
    switch self {
    case .and, .or, .call, .index, .slice, .eq: Signature(.value, rest: .value)
    case .len, .not: Signature(.value)
    case .ge, .gt, .le, .lt, .ne: Signature(.value, .value)
    case .html, .js, .urlquery, .sprint, .println, .args, .list, .dict: Signature(rest: .any)
    case .append: Signature(.anything, rest: .any)
    case .join: Signature(.string, .strings)
    case .stringSlice: Signature(rest: .string)
    case .date, .tz: Signature(.string, .time)
    case .since: Signature(.time)
    case .printf: Signature(.string, rest: .any)
    case .first: Signature(.samples)
    case .label: Signature(.string, .sample)
    case .value, .strvalue: Signature(.sample)
    case .sortByLabel: Signature(.string, .samples)
    case .reReplaceAll: Signature(.string, .string, .string)
    case .match: Signature(.string, .string)
    case .query, .title, .toUpper, .toLower, .safeHtml, .graphLink, .tableLink, .stripPort,
      .stripDomain, .urlQueryEscape, .parseDuration, .trimSpace, .safeUrl, .urlUnescape,
      .base64encode, .base64decode:
      Signature(.string)
    case .externalURL, .pathPrefix, .now: Signature()
    case .humanize, .humanize1024, .humanizeDuration, .humanizePercentage, .humanizeTimestamp,
      .toTime, .toDuration, .toJson:
      Signature(.any)
    }
  }
}

extension Execution {
  /// The arguments are as many as the function takes, and of its types.
  mutating func apply(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    for case .bytes(let bytes, _) in arguments { try charge(bytes.count) }
    let result: TemplateValue
    switch function {
    case .and, .or, .call, .html, .index, .slice, .js, .len, .not, .sprint, .printf, .println,
      .urlquery, .eq, .ge, .gt, .le, .lt, .ne:
      result = try Builtins.apply(function, arguments, environment.escaping)
    case .query, .first, .label, .value, .strvalue, .sortByLabel, .args:
      result = try applyToSamples(function, arguments)
    case .humanize, .humanize1024, .humanizeDuration, .humanizePercentage, .humanizeTimestamp,
      .toTime, .toDuration, .now, .parseDuration:
      result = try applyToNumber(function, arguments)
    case .stringSlice, .join, .date, .tz, .since, .toJson, .dict, .list, .append:
      result = try applyToMessage(function, arguments)
    default: result = try applyToText(function, arguments)
    }
    if case .bytes(let bytes, _) = result {
      guard bytes.count <= TemplateLimits.outputBytes else { throw GoText.tooLong }
      try charge(bytes.count)
    }
    return result
  }

  private mutating func applyToSamples(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    switch function {
    case .query:
      queries += 1
      guard queries <= TemplateLimits.queries else {
        throw GoError("more than \(TemplateLimits.queries) queries")
      }
      do throws(TemplateError) {
        return .samples(try environment.query(arguments.text(0)))
      } catch {
        throw GoError(error.description)
      }
    case .first:
      guard let first = arguments.samples(0).first else {
        throw GoError("first() called on vector with no elements")
      }
      return .sample(first)
    case .label: return .text(try arguments.sample(1).labels[arguments.text(0)] ?? "")
    case .value: return .float(try arguments.sample(0).value)
    case .strvalue: return .text(try arguments.sample(0).labels["__value__"] ?? "")
    case .sortByLabel:
      let samples = arguments.samples(1)
      try step(samples.count / 10)
      return .samples(Self.sorted(samples, by: arguments.text(0)))
    default: return .map(try Entries(arguments: arguments.map(\.unboxed)))
    }
  }

  private static func sorted(_ samples: [TemplateSample], by name: String) -> [TemplateSample] {
    let keyed = samples.enumerated().map { place, sample in
      (key: Array((sample.labels[name] ?? "").utf8), place: place, sample: sample)
    }
    return keyed.sorted { left, right in
      left.key == right.key
        ? left.place < right.place : left.key.lexicographicallyPrecedes(right.key)
    }.map(\.sample)
  }

  private func applyToNumber(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    switch function {
    case .now: return .float(Double(environment.now.milliseconds) / 1000)
    case .parseDuration: return .float(try Humanize.seconds(ofDuration: arguments.text(0)))
    default: break
    }
    let number = try Humanize.number(arguments.first ?? .missing)
    switch function {
    case .humanize: return .text(Humanize.decimal(number))
    case .humanize1024: return .text(Humanize.binary(number))
    case .humanizeDuration: return .text(Humanize.duration(number))
    case .humanizePercentage: return .text(Humanize.significant(number * 100) + "%")
    case .humanizeTimestamp: return .text(try Humanize.timestamp(number))
    case .toTime: return .time(try Humanize.time(number), isPointer: true)
    default: return .duration(Humanize.nanoseconds(number), isPointer: true)
    }
  }

  private mutating func applyToText(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    let text = arguments.text(0)
    let made: String
    switch function {
    case .match: return .bool(try isMatch(arguments))
    case .safeHtml, .safeUrl:
      let shown = try GoText.sprint(arguments, environment.escaping)
      return .bytes(shown, function == .safeHtml ? .html : .url)
    case .reReplaceAll: made = try replaced(arguments)
    case .title:
      made = template.dialect == .alerts ? Casing.title(text) : WordCasing.title(text)
    case .toUpper: made = Casing.upper(text)
    case .toLower: made = Casing.lower(text)
    case .trimSpace: made = text.trimmingSpace
    case .urlUnescape:
      return .bytes(try Escaping.queryUnescaped(text), Builtins.type(arguments))
    case .base64encode: made = Base64.encode(text.utf8)
    case .base64decode: return .bytes(try GoBase64.decoded(text), Builtins.type(arguments))
    case .graphLink, .tableLink:
      made = GraphLink.path(of: text, function == .graphLink ? .graph : .table)
    case .externalURL: made = environment.externalURL
    case .pathPrefix: made = HostPort.path(ofURL: environment.externalURL)
    case .stripPort: made = HostPort.withoutPort(text)
    case .stripDomain: made = HostPort.withoutDomain(text)
    default: made = Escaping.query(Array(text.utf8))
    }
    return .bytes(Array(made.utf8), Builtins.type(arguments))
  }

  private mutating func isMatch(_ arguments: [TemplateValue]) throws(GoError) -> Bool {
    let (pattern, isNew) = try patterns.pattern(arguments.text(0), panics: false)
    if isNew { try charge(PatternCache.cost) }
    return pattern.isFound(in: arguments.text(1))
  }

  private mutating func replaced(_ arguments: [TemplateValue]) throws(GoError) -> String {
    let (pattern, isNew) = try patterns.pattern(arguments.text(0), panics: true)
    if isNew { try charge(PatternCache.cost) }
    let (subject, limit) = (arguments.text(2), TemplateLimits.outputBytes)
    guard let text = pattern.replacingAll(in: subject, with: arguments.text(1), atMost: limit)
    else { throw GoText.tooLong }
    return text
  }
}

extension [TemplateValue] {
  func text(_ place: Int) -> String {
    guard indices.contains(place), case .bytes(let bytes, _) = self[place] else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// nil is a list without elements.
  fileprivate func samples(_ place: Int) -> [TemplateSample] {
    guard indices.contains(place), case .samples(let samples) = self[place] else { return [] }
    return samples
  }

  fileprivate func sample(_ place: Int) throws(GoError) -> TemplateSample {
    guard indices.contains(place), case .sample(let sample) = self[place] else {
      throw GoError("runtime error: invalid memory address or nil pointer dereference")
    }
    return sample
  }
}
