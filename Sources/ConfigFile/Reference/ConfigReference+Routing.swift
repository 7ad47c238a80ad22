import Notifications
import Signals

extension ConfigReference {
  /// Alertmanager's part of the file, but for its receivers.
  static var routingSections: [ReferenceSection] {
    [root, routes, inhibitRules, timeIntervals, timeRanges, alertmanagers]
  }

  private static var root: ReferenceSection {
    let route = Route(receiver: "")
    return ReferenceSection(
      "route", at: "route", says: "The root of the tree; [routing](routing.md) says what it means.",
      keys: [
        .key("receiver", means: "Who is told of what no route below picks."),
        .key(
          "group_by", unset: .of([String]()),
          means: "Alerts with equal values of these labels are told of in one message; `...` "
            + "makes each a group."),
        .key(
          "group_wait", unset: .of(route.groupWait),
          means: "How long a new group waits for more alerts."),
        .key(
          "group_interval", unset: .of(route.groupInterval),
          means: "How often a group is looked at for changes to tell."),
        .key(
          "repeat_interval", unset: .of(route.repeatInterval),
          means: "After which time the same is told again."),
        .key("routes", means: "The routes below, asked in their order."),
        .key(
          "matchers", "match", "match_re", "mute_time_intervals", "active_time_intervals",
          means: "The root is for everything and always: these are for the routes below it."),
        .key(
          "continue", unset: .of(route.continues), means: "The root has no siblings to go on with."
        ),
      ])
  }

  private static var routes: ReferenceSection {
    let route = Route(receiver: "")
    let inherited = Unset.words("as above it")
    return ReferenceSection(
      "routes", at: "route.routes[]", "route.routes[].routes[]",
      says: "A route may have routes again. It is for the alerts that match all of its matchers.",
      keys: [
        .key("matchers", means: "All of them must match; an entry may hold several."),
        .key("match", means: "Labels by the value that they must have: an older way."),
        .key("match_re", means: "Labels by the expression that must match: an older way."),
        .key("receiver", unset: inherited, means: "Who is told."),
        .key("group_by", unset: inherited, means: "As in `route`; an empty list says nothing."),
        .key(
          "group_wait", unset: inherited, means: "As in `route`."),
        .key(
          "group_interval", "repeat_interval", unset: inherited, means: "As in `route`."),
        .key(
          "continue", unset: .of(route.continues),
          means: "Whether the routes after it are asked too when it matches."),
        .key("mute_time_intervals", means: "Nothing is sent while one of them holds."),
        .key(
          "active_time_intervals",
          means: "Nothing is sent while none of them holds, if there are any."),
        .key("routes", means: "The routes below."),
      ])
  }

  private static var inhibitRules: ReferenceSection {
    ReferenceSection(
      "inhibit_rules", at: "inhibit_rules[]",
      says: "While an alert of the sources fires, alerts of the targets are held.",
      keys: [
        .key("name", means: "For people; nothing reads it."),
        .key("source_matchers", means: "Which alerts hold."),
        .key("target_matchers", means: "Which alerts are held."),
        .key(
          "source_match", "target_match", means: "Labels by the value: an older way."),
        .key(
          "source_match_re", "target_match_re", means: "Labels by an expression: an older way."),
        .key("equal", means: "Labels in which both must agree; one that both lack is equal."),
      ])
  }

  private static var timeIntervals: ReferenceSection {
    ReferenceSection(
      "time_intervals", at: "time_intervals[]", "mute_time_intervals[]",
      says: "",
      keys: [
        .key("name", means: "What routes call it; no other interval has it."),
        .key("time_intervals", means: "It holds while one of these does."),
      ])
  }

  private static var timeRanges: ReferenceSection {
    ReferenceSection(
      "Entries of time intervals",
      at: "time_intervals[].time_intervals[]", "mute_time_intervals[].time_intervals[]",
      says: "Of each kind that is there, one range must hold; an empty list never does.",
      keys: [
        .key("times", means: "Times of the day."),
        .key("times[].start_time", means: "When it begins."),
        .key("times[].end_time", means: "When it is over, on the same day; `24:00` ends the day."),
        .key("weekdays", means: "Days of the week."),
        .key(
          "days_of_month", means: "Days of the month; negative ones count from its end."),
        .key("months", means: "Months by name or number."),
        .key("years", means: "Years."),
        .key(
          "location", unset: .of(TimeInterval().zone.name), means: "By whose clocks all this is."),
      ])
  }

  private static var alertmanagers: ReferenceSection {
    ReferenceSection(
      "alertmanagers", at: "alertmanagers[]", says: "",
      keys: [
        .key("url", means: "Where it is; `/api/v2/alerts` follows, so no query."),
        .key("http", means: "How it is spoken to."),
        .key(
          "timeout", unset: .of(AlertmanagerSettings(url: Secret("")).timeout),
          means: "How long one push may take."),
      ])
  }
}
