import Notifications
import Signals

extension ConfigFile {
  private static let inhibitRulesLimit = 1000
  private static let equalLimit = 100

  static func readInhibitRules(_ value: Value?) -> [InhibitRule] {
    (value?.items(atMost: inhibitRulesLimit) ?? []).compactMap { item in
      Section.read(item, readInhibitRule)
    }
  }

  private static func readInhibitRule(_ section: Section) -> InhibitRule {
    _ = section["name"]?.text(length: 0...100)
    let sources = readMatchers(section, .source)
    let targets = readMatchers(section, .target)
    let equal = section["equal"]?.items(atMost: equalLimit) ?? []
    if sources.isEmpty && targets.isEmpty {
      section.value.warn("holds nothing: every alert is on both sides")
    }
    return InhibitRule(
      sources: sources, targets: targets, equal: equal.compactMap { $0.text(length: 1...1024) })
  }
}
