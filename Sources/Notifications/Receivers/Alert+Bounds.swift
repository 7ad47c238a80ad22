import PromQL
import Signals

extension Alert {
  /// What follows a text that was cut.
  static let cutMark = "… (cut)"

  /// With annotations sorted, each name once, and cut to their bounds; `nil` when the labels are
  /// none or beyond theirs.
  func bounded(by limits: NotificationLimits) -> Alert? {
    let labelBytes = labels.labels.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    guard !labels.isEmpty, labelBytes <= limits.labelBytes else { return nil }
    if isWithin(limits) { return self }
    var bounded = self
    var room = limits.annotationBytesInAll
    bounded.annotations = []
    for annotation in Self.sorted(annotations) {
      room -= annotation.name.utf8.count
      guard room > 0 else { break }
      let value = Self.cut(annotation.value, to: min(room, limits.annotationBytes))
      room -= value.utf8.count
      bounded.annotations.append(Label(name: annotation.name, value: value))
    }
    if generatorURL.utf8.count > limits.annotationBytes { bounded.generatorURL = "" }
    return bounded
  }

  /// Mostly so, and then nothing is copied. The labels are not looked at.
  private func isWithin(_ limits: NotificationLimits) -> Bool {
    var bytes = 0
    for (index, annotation) in annotations.enumerated() {
      if annotation.value.utf8.count > limits.annotationBytes { return false }
      bytes += annotation.name.utf8.count + annotation.value.utf8.count
      if index > 0, !Self.areInOrder(annotations[index - 1], annotation) { return false }
    }
    return bytes < limits.annotationBytesInAll
      && generatorURL.utf8.count <= limits.annotationBytes
  }

  private static func areInOrder(_ left: Label, _ right: Label) -> Bool {
    left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }

  /// Mostly they are sorted and need no work.
  private static func sorted(_ annotations: [Label]) -> [Label] {
    let isInOrder = zip(annotations, annotations.dropFirst()).allSatisfy(areInOrder)
    if isInOrder { return annotations }
    var byName: [String: Label] = [:]
    for annotation in annotations { byName[annotation.name] = annotation }
    return byName.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// At most `limit` bytes, the mark among them, whole characters of Unicode.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let room = limit - cutMark.utf8.count
    guard room >= 0 else { return "" }
    var kept = String.UnicodeScalarView()
    var bytes = 0
    for scalar in text.unicodeScalars {
      bytes += UTF8.width(scalar)
      if bytes > room { break }
      kept.append(scalar)
    }
    return String(kept) + cutMark
  }
}
