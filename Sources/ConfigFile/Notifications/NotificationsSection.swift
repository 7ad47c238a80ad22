import Notifications
import Signals
import Templates

extension ConfigFile {
  static let receiverNameLimit = 100

  /// `route`, `receivers` and what belongs to them. `defaults` are those of `global`.
  static func readNotifications(
    _ root: Section, _ defaults: ReceiverDefaults
  ) -> NotificationSettings {
    var settings = NotificationSettings()
    let library = readTemplateFiles(root["templates"])
    // Without files there are the agent's own, which need not be said.
    if let library, library.files.count > 1 { settings.templates = library }
    let reader = ReceiverReader(defaults: defaults, library: library)
    settings.receivers = reader.receivers(root["receivers"])
    settings.timeIntervals = readTimeIntervals(root)
    if let value = root["route"], !value.node.isNull {
      var reader = RouteReader(
        receivers: settings.receivers.map(\.name),
        intervals: settings.timeIntervals.keys.sorted())
      settings.route = Section.read(value) { reader.root($0) }
    } else if !settings.receivers.isEmpty {
      root.report("required when there are receivers: it says which of them is told", at: "route")
    }
    settings.inhibitRules = readInhibitRules(root["inhibit_rules"])
    settings.alertmanagers = readAlertmanagers(root["alertmanagers"])
    return settings
  }

  /// The files of templates, after the agent's own; `nil` when one is wrong, which is reported.
  private static func readTemplateFiles(_ value: Value?) -> TemplateLibrary? {
    var files = [DefaultTemplates.file]
    var isWrong = false
    for item in value?.items(atMost: TemplateLimits.files) ?? [] {
      for path in paths(named: item) {
        do {
          let text = try BoundedFile.text(
            at: path, limit: TemplateLimits.textBytes, mustBeFile: true)
          let name = path.split(separator: "/").last.map(String.init) ?? path
          let file = TemplateLibrary.File(name: name, text: text)
          _ = try TemplateLibrary(files: [file])
          files.append(file)
        } catch let failure as BoundedFile.Failure {
          item.report("\(path.shown) \(failure.reason)")
          isWrong = true
        } catch {
          item.report("\(path.shown): \((error as? TemplateError)?.detail ?? "no template")")
          isWrong = true
        }
      }
    }
    if isWrong { return nil }
    do throws(TemplateError) {
      return try TemplateLibrary(files: files)
    } catch {
      value?.report(error.detail)
      return nil
    }
  }
}
