import Notifications
import PromQL
import Signals

/// Reads `route` and what hangs below it.
struct RouteReader {
  /// The names that there are.
  let receivers: [String]
  let intervals: [String]
  private var count = 0

  /// Each level takes two of the file's.
  private static let depthLimit = TreeComposer.depthLimit / 2 - 2
  private static let countLimit = 10_000
  private static let namesLimit = 100

  init(receivers: [String], intervals: [String]) {
    self.receivers = receivers
    self.intervals = intervals
  }

  /// The root: its receiver is told when nothing below matches, so it matches everything.
  mutating func root(_ section: Section) -> Route {
    for key in ["matchers", "match", "match_re"] {
      section[key]?.mustBeEmpty(else: "the root has no matchers: it is for everything")
    }
    for key in ["mute_time_intervals", "active_time_intervals"] {
      section[key]?.mustBeEmpty(
        else: "the root has no time intervals; give them to a route below it")
    }
    section.only(false, "continue", else: "the root has no siblings to continue with")
    var route = Route(receiver: "")
    _ = section.required("receiver")
    readOwn(section, into: &route)
    route.routes = children(section, of: route, depth: 1)
    return route
  }

  private mutating func child(_ section: Section, of parent: Route, depth: Int) -> Route {
    var route = parent
    route.routes = []
    readOwn(section, into: &route)
    route.matchers = ConfigFile.readMatchers(section, .route)
    route.continues = section.flag("continue") ?? false
    route.muteTimeIntervals = names(section["mute_time_intervals"])
    route.activeTimeIntervals = names(section["active_time_intervals"])
    route.routes = children(section, of: route, depth: depth + 1)
    return route
  }

  private mutating func children(_ section: Section, of parent: Route, depth: Int) -> [Route] {
    guard let value = section["routes"] else { return [] }
    guard depth <= Self.depthLimit || value.isEmptyCollection else {
      value.report("deeper than \(Self.depthLimit) routes")
      return []
    }
    let items = value.items(atMost: Self.countLimit) ?? []
    count += items.count
    guard count <= Self.countLimit else {
      value.report("at most \(Self.countLimit) routes in all")
      return []
    }
    return items.compactMap { item in
      Section.read(item) { child($0, of: parent, depth: depth) }
    }
  }

  /// What a route says itself goes over what it has from its parent.
  private func readOwn(_ section: Section, into route: inout Route) {
    section["receiver"]?.takes(.described("the name of a receiver"))
    if let value = section["receiver"],
      let name = value.text(length: 1...ConfigFile.receiverNameLimit)
    {
      route.receiver = name
      if !receivers.contains(name) {
        let nearest = Nearest.word(to: name, among: receivers)
        value.report("no receiver under receivers has this name", nearest: nearest)
      }
    }
    if let groupBy = section["group_by"].flatMap(groupBy), groupBy != .labels([]) {
      route.groupBy = groupBy
    }
    // At once is a fair wait; an interval of nothing would never let go.
    route.groupWait = section["group_wait"]?.duration() ?? route.groupWait
    route.groupInterval = section.duration("group_interval") ?? route.groupInterval
    route.repeatInterval = section.duration("repeat_interval") ?? route.repeatInterval
    let key = ["repeat_interval", "group_interval"].first(where: section.has)
    if let key, route.repeatInterval < route.groupInterval {
      section[key]?.warn(
        "repeat_interval (\(route.repeatInterval.prometheusText)) is below group_interval"
          + " (\(route.groupInterval.prometheusText)), before which nothing is repeated")
    }
  }

  /// Names of time intervals.
  private func names(_ value: Value?) -> [String] {
    (value?.items(atMost: Self.namesLimit) ?? []).compactMap { item in
      item.takes(.described("the name of a time interval"))
      guard let name = item.text(length: 1...ConfigFile.intervalNameLimit) else { return nil }
      if !intervals.contains(name) {
        let nearest = Nearest.word(to: name, among: intervals)
        item.report("no time interval has this name", nearest: nearest)
      }
      return name
    }
  }

  /// Names of labels; `...` alone means all of them.
  private func groupBy(_ value: Value) -> Route.GroupBy? {
    guard let items = value.items(atMost: Self.namesLimit) else { return nil }
    var names: Set<String> = []
    for item in items {
      guard let name = item.scalar("the name of a label") else { continue }
      if name == "..." {
        if items.count > 1 { item.report("... means all labels; it stands alone") }
      } else if name.isEmpty || name.unicodeScalars.contains("\0") {
        item.report("not a label name; ... is for all labels")
      } else if names.contains(name) {
        item.report("named twice")
      }
      names.insert(name)
    }
    return names.contains("...") ? .allLabels : .labels(names.sorted())
  }
}

extension Value {
  fileprivate func mustBeEmpty(else message: String) {
    takes(.described("nothing"))
    if !isEmptyCollection { report(message) }
  }

  /// Null, or a list or mapping of nothing.
  fileprivate var isEmptyCollection: Bool {
    switch node.content {
    case .list(let nodes): nodes.isEmpty
    case .mapping(let entries): entries.isEmpty
    case .scalar: node.isNull
    case .refused: true
    }
  }
}
