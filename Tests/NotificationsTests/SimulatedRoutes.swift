import Notifications
import PromQL
import Signals
import TestSupport

/// Routes that change, over three receivers and four destinations.
enum SimulatedRoutes {
  static var settings: NotificationSettings {
    NotificationDriver.settings(webhooks: 2) { settings in
      for name in ["day", "night"] {
        var receiver = Receiver(name: name)
        receiver.integrations = [
          Integration(.webhook(WebhookSettings(url: Secret("http://\(name).test/"))))
        ]
        settings.receivers.append(receiver)
      }
      // An hour of each day; a simulation begins at 8.
      var lunch = TimeInterval()
      lunch.times = [(8 * 60 + 20)..<(9 * 60)]
      settings.timeIntervals["lunch"] = [lunch]
    }
  }

  /// Other groups, other routes, another inhibition. No alert has two routes to one receiver: the
  /// order of what these say is not kept.
  static func change(_ settings: inout NotificationSettings, _ random: inout SeededRandom) {
    let groupings: [Route.GroupBy] = [.labels(["alertname"]), .allLabels, .labels([])]
    settings.route?.groupBy = groupings.randomElement(using: &random) ?? .allLabels
    guard let root = settings.route else { return }
    settings.route?.routes = []
    for name in ["day", "night"] where Bool.random(using: &random) {
      var route = root
      (route.receiver, route.routes) = (name, [])
      let alertname = "A\(Int.random(in: 0..<3, using: &random))"
      route.matchers = [Matcher("alertname", equals: alertname)]
      route.continues = Bool.random(using: &random)
      route.groupBy = groupings.randomElement(using: &random) ?? .allLabels
      if Int.random(in: 0..<4, using: &random) == 0 { route.muteTimeIntervals = ["lunch"] }
      settings.route?.routes.append(route)
    }
    let rule = InhibitRule(
      sources: [Matcher("alertname", equals: "A0")],
      targets: [Matcher("alertname", equals: "A1")])
    settings.inhibitRules = Int.random(in: 0..<3, using: &random) == 0 ? [rule] : []
  }

  static func receivers(of labels: LabelSet, _ settings: NotificationSettings) -> [String] {
    guard let route = settings.route else { return [] }
    let tree = RoutingTree(route)
    return tree.matches(labels).map { tree.nodes[$0].route.receiver }
  }
}
