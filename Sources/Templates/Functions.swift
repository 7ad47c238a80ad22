import Patterns
import PromQL
import Signals

/// The functions that a template of an alert may call: Go's own, then Prometheus's.
enum Function: String, CaseIterable, Sendable {
  case and, call, html, index, slice, js, len, not, or, sprint = "print", printf, println
  case urlquery, eq, ge, gt, le, lt, ne

  case query, first, label, value, strvalue, sortByLabel, args
  case reReplaceAll, match, title, toUpper, toLower, safeHtml
  case graphLink, tableLink, externalURL, pathPrefix, stripPort, stripDomain, urlQueryEscape
  case humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp
  case toTime, toDuration, now, parseDuration

  var signature: Signature {
    switch self {
    case .and, .or, .call, .index, .slice, .eq: Signature(.value, rest: .value)
    case .len, .not: Signature(.value)
    case .ge, .gt, .le, .lt, .ne: Signature(.value, .value)
    case .html, .js, .urlquery, .sprint, .println, .args: Signature(rest: .any)
    case .printf: Signature(.string, rest: .any)
    case .first: Signature(.samples)
    case .label: Signature(.string, .sample)
    case .value, .strvalue: Signature(.sample)
    case .sortByLabel: Signature(.string, .samples)
    case .reReplaceAll: Signature(.string, .string, .string)
    case .match: Signature(.string, .string)
    case .query, .title, .toUpper, .toLower, .safeHtml, .graphLink, .tableLink, .stripPort,
      .stripDomain, .urlQueryEscape, .parseDuration:
      Signature(.string)
    case .externalURL, .pathPrefix, .now: Signature()
    case .humanize, .humanize1024, .humanizeDuration, .humanizePercentage, .humanizeTimestamp,
      .toTime, .toDuration:
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
      result = try Builtins.apply(function, arguments)
    case .query, .first, .label, .value, .strvalue, .sortByLabel, .args:
      result = try applyToSamples(function, arguments)
    case .humanize, .humanize1024, .humanizeDuration, .humanizePercentage, .humanizeTimestamp,
      .toTime, .toDuration, .now, .parseDuration:
      result = try applyToNumber(function, arguments)
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
    switch function {
    case .reReplaceAll, .match: return try applyPattern(function, arguments)
    case .title: return .text(Casing.title(text))
    case .toUpper: return .text(Casing.upper(text))
    case .toLower: return .text(Casing.lower(text))
    case .safeHtml: return .bytes(Array(text.utf8), .html)
    case .graphLink, .tableLink:
      return .text(GraphLink.path(of: text, function == .graphLink ? .graph : .table))
    case .externalURL: return .text(environment.externalURL)
    case .pathPrefix: return .text(HostPort.path(ofURL: environment.externalURL))
    case .stripPort: return .text(HostPort.withoutPort(text))
    case .stripDomain: return .text(HostPort.withoutDomain(text))
    default: return .text(Escaping.query(Array(text.utf8)))
    }
  }

  private mutating func applyPattern(
    _ function: Function, _ arguments: [TemplateValue]
  ) throws(GoError) -> TemplateValue {
    let isMatch = function == .match
    let subject = arguments.text(isMatch ? 1 : 2)
    let (pattern, isNew) = try patterns.pattern(arguments.text(0), panics: !isMatch)
    if isNew { try charge(PatternCache.cost) }
    if isMatch { return .bool(pattern.isFound(in: subject)) }
    let limit = TemplateLimits.outputBytes
    guard
      let text = pattern.replacingAll(in: subject, with: arguments.text(1), atMost: limit)
    else { throw GoText.tooLong }
    return .text(text)
  }
}

extension [TemplateValue] {
  fileprivate func text(_ place: Int) -> String {
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
