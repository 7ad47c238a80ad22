import Notifications
import Patterns
import PromQL
import Signals

/// What `GET /api/v2/alerts`, `/alerts/groups` and `/silences` are asked for, checked.
struct AlertFilter {
  private let matchers: [Matcher]
  private let receiver: Pattern?
  private let showsActive: Bool
  private let showsSilenced: Bool
  private let showsInhibited: Bool
  private let showsMuted: Bool

  /// Most values of `filter`.
  private static let mostFilters = 100

  /// Compiles patterns: to be called on a thread for queries.
  init(_ parameters: QueryParameters) throws(Problem) {
    showsActive = try parameters.flag("active")
    showsSilenced = try parameters.flag("silenced")
    showsInhibited = try parameters.flag("inhibited")
    // Alertmanager's word for an alert that it has not looked at yet; there is none here.
    _ = try parameters.flag("unprocessed")
    showsMuted = try parameters.flag("muted")
    let filters = parameters.all("filter")
    guard filters.count <= Self.mostFilters else {
      throw .badData("more than \(Self.mostFilters) filters")
    }
    var matchers: [Matcher] = []
    for text in filters { matchers += try Self.matchers(text) }
    self.matchers = matchers
    let pattern = parameters["receiver"]
    do throws(PatternError) {
      receiver = pattern.isEmpty ? nil : try Pattern(pattern, limits: .request)
    } catch {
      throw .badData("failed to parse receiver param: \(error.detail)")
    }
  }

  private static func matchers(_ text: String) throws(Problem) -> [Matcher] {
    do throws(MatcherSyntax.Fault) {
      return try MatcherSyntax.matchers(text, limits: .request).matchers
    } catch {
      throw .badData("bad matcher format: \(text.shortened): \(error)")
    }
  }

  /// Places of the alerts to show, in order of their fingerprints.
  func alerts(of view: NotificationView) -> [Int] {
    view.alerts.indices
      .filter { shows(view.alerts[$0]) && tells(view.alerts[$0].receivers) }
      .sorted { view.alerts[$0].fingerprint < view.alerts[$1].fingerprint }
  }

  /// Groups with the alerts to show, none of them empty, in order of labels and receiver.
  func groups(of view: NotificationView) -> [NotificationView.GroupView] {
    view.groups.compactMap { group in
      guard showsMuted || group.mutedBy.isEmpty, tells([group.receiver]) else { return nil }
      var shown = group
      shown.alerts = group.alerts.filter {
        view.alerts.indices.contains($0) && shows(view.alerts[$0])
      }
      return shown.alerts.isEmpty ? nil : shown
    }.sorted { ($0.labels, $0.receiver) < ($1.labels, $1.receiver) }
  }

  /// Active ones first, then those to come, then those that have ended; each as they matter. A
  /// filter picks those that have that very matcher.
  func silences(of view: NotificationView, at now: Timestamp) -> [Silence] {
    let found = view.silences.filter { silence in
      matchers.allSatisfy { silence.matchers.contains($0) }
    }
    let order = Silence.State.showingOrder
    return order.flatMap { state in
      found.filter { $0.state(at: now) == state }.sorted { $0.comes(before: $1, in: state) }
    }
  }

  private func tells(_ receivers: [String]) -> Bool {
    guard let receiver else { return true }
    return receivers.contains { receiver.matches($0) }
  }

  private func shows(_ item: NotificationView.AlertView) -> Bool {
    if item.alert.isResolved { return false }
    switch item.state {
    case .active where !showsActive: return false
    case .suppressed where !showsSilenced && !item.silencedBy.isEmpty: return false
    case .suppressed where !showsInhibited && !item.inhibitedBy.isEmpty: return false
    default: return matchers.match(item.alert.labels)
    }
  }
}

extension Silence.State {
  fileprivate static let showingOrder: [Self] = [.active, .pending, .expired]
}

extension Silence {
  fileprivate func comes(before other: Silence, in state: State) -> Bool {
    switch state {
    case .active: (endsAt, id) < (other.endsAt, other.id)
    case .pending: (startsAt, id) < (other.startsAt, other.id)
    case .expired: (other.endsAt, id) < (endsAt, other.id)
    }
  }
}

extension QueryParameters {
  /// True when it is not there.
  fileprivate func flag(_ name: String) throws(Problem) -> Bool {
    switch self[name].lowercased() {
    case "", "1", "t", "true": return true
    case "0", "f", "false": return false
    default: throw .badData("\(name) must be true or false")
    }
  }
}
