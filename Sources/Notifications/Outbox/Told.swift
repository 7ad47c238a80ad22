package import PromQL
package import Signals

/// An alert as a message told of it: enough to say later that it has ended.
package struct ToldAlert: Equatable, Sendable {
  package let labels: LabelSet
  package let startsAt: Timestamp
  /// Of the labels.
  package let fingerprint: UInt64

  package init(labels: LabelSet, startsAt: Timestamp) {
    self.init(labels: labels, startsAt: startsAt, fingerprint: labels.alertFingerprint)
  }

  init(labels: LabelSet, startsAt: Timestamp, fingerprint: UInt64) {
    self.labels = labels
    self.startsAt = startsAt
    self.fingerprint = fingerprint
  }
}

/// What a message tells of its group, or what a destination has been told in all.
package struct Told: Equatable, Sendable {
  /// Sorted by fingerprint, each once.
  package private(set) var firing: [ToldAlert]
  /// As `firing`; none of them fires.
  package private(set) var resolved: [ToldAlert]
  package var at: Timestamp

  /// Sorts; of one alert in both lists, the firing one counts.
  package init(firing: [ToldAlert], resolved: [ToldAlert], at: Timestamp) {
    self.firing = Self.sorted(firing)
    let fires = Set(firing.map(\.fingerprint))
    self.resolved = Self.sorted(resolved.filter { !fires.contains($0.fingerprint) })
    self.at = at
  }

  var all: [ToldAlert] { firing + resolved }

  func fires(_ fingerprint: UInt64) -> Bool { Self.contains(firing, fingerprint) }

  /// What is known after `later`, too: alerts that it does not mention stay as they were.
  func followed(by later: Told) -> Told {
    let mentioned = Set(later.all.map(\.fingerprint))
    let rest = firing.filter { !mentioned.contains($0.fingerprint) }
    return Told(firing: rest + later.firing, resolved: later.resolved, at: max(at, later.at))
  }

  /// What is known when `later` may or may not have come: what may fire, fires.
  func perhapsFollowed(by later: Told) -> Told {
    Told(firing: firing + later.firing, resolved: resolved, at: max(at, later.at))
  }

  /// As it was `before` for the alerts that `isMeant` picks.
  func putBack(to before: Told?, for isMeant: (UInt64) -> Bool) -> Told {
    let kept = firing.filter { !isMeant($0.fingerprint) }
    let earlier = (before?.firing ?? []).filter { isMeant($0.fingerprint) }
    let resolved = resolved.filter { !isMeant($0.fingerprint) }
    return Told(firing: kept + earlier, resolved: resolved, at: at)
  }

  /// By the lanes that each alert belongs to; an alert may be in several.
  func parts(_ lanes: (LabelSet) -> [Lane]) -> [(lane: Lane, told: Told)] {
    var parts: [Lane: (firing: [ToldAlert], resolved: [ToldAlert])] = [:]
    for alert in firing {
      for lane in lanes(alert.labels) { parts[lane, default: ([], [])].firing.append(alert) }
    }
    for alert in resolved {
      for lane in lanes(alert.labels) { parts[lane, default: ([], [])].resolved.append(alert) }
    }
    return parts.sorted { $0.key < $1.key }.map { lane, part in
      (lane, Told(firing: part.firing, resolved: part.resolved, at: at))
    }
  }

  private static func sorted(_ alerts: [ToldAlert]) -> [ToldAlert] {
    var sorted: [ToldAlert] = []
    sorted.reserveCapacity(alerts.count)
    for alert in alerts.sorted(by: { $0.fingerprint < $1.fingerprint })
    where sorted.last?.fingerprint != alert.fingerprint {
      sorted.append(alert)
    }
    return sorted
  }

  private static func contains(_ sorted: [ToldAlert], _ fingerprint: UInt64) -> Bool {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle].fingerprint < fingerprint { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low].fingerprint == fingerprint
  }
}
