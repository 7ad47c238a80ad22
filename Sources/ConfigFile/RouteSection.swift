import Notifications
import Signals

extension ConfigFile {
  private static let labelNamesLimit = 100

  /// `route` and `receivers`: both or none.
  static func readNotifications(_ root: Section) -> NotificationSettings {
    var settings = NotificationSettings()
    settings.receivers = readReceivers(root["receivers"])
    let names = settings.receivers.map(\.name)
    if let value = root["route"], !value.node.isNull {
      settings.route = Section.read(value) { readRoute($0, receivers: names) }
    } else if !settings.receivers.isEmpty {
      root.report("required when there are receivers: it says which of them is told", at: "route")
    }
    return settings
  }

  /// The receiver's name is empty when it is missing or wrong, which is reported.
  private static func readRoute(_ section: Section, receivers: [String]) -> Route {
    let receiver = section.required("receiver")?.text(length: 1...receiverNameLimit)
    if let receiver, !receivers.contains(receiver) {
      let nearest = Nearest.word(to: receiver, among: receivers)
      section["receiver"]?.report("no receiver under receivers has this name", nearest: nearest)
    }
    var route = Route(receiver: receiver ?? "")
    route.groupBy = section["group_by"].flatMap(readGroupBy) ?? route.groupBy
    // At once is a fair wait; an interval of nothing would never let go.
    route.groupWait = section["group_wait"]?.duration() ?? route.groupWait
    route.groupInterval = section.duration("group_interval") ?? route.groupInterval
    route.repeatInterval = section.duration("repeat_interval") ?? route.repeatInterval
    if route.repeatInterval < route.groupInterval {
      let key = section.has("repeat_interval") ? "repeat_interval" : "group_interval"
      section[key]?.warn(
        "repeat_interval (\(route.repeatInterval.prometheusText)) is below group_interval"
          + " (\(route.groupInterval.prometheusText)), before which nothing is repeated")
    }
    section.refuseEntries(of: "routes", step: 7)
    section.refuse(
      "matchers", "match", "match_re", "continue", "mute_time_intervals", "active_time_intervals",
      step: 7)
    return route
  }

  /// Names of labels; `...` alone means all of them.
  private static func readGroupBy(_ value: Value) -> Route.GroupBy? {
    guard let items = value.items(atMost: labelNamesLimit) else { return nil }
    var names: Set<String> = []
    for item in items {
      guard let name = item.scalar("the name of a label") else { continue }
      if name == "..." {
        if items.count > 1 { item.report("... means all labels; it stands alone") }
      } else if !Label.isValid(name: name) {
        item.report("not a label name: [a-zA-Z_][a-zA-Z0-9_]*, or ... for all labels")
      } else if names.contains(name) {
        item.report("named twice")
      }
      names.insert(name)
    }
    return names.contains("...") ? .allLabels : .labels(names.sorted())
  }
}
