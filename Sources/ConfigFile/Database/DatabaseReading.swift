package import Agent
import Signals

extension ConfigFile {
  /// Reads and checks what the database says over the settings of the file.
  ///
  /// Blocks on the disk, for secrets that rows name. A key of `omni2_config` is taken as a whole:
  /// with one value that cannot be, or that does not fit what MCPs of the file say, the key keeps
  /// what `previous` took of it, if that still can be. A row that cannot be is left out. To be
  /// called anew when the file has changed, since what can be depends on it.
  package static func readDatabase(
    _ rows: DatabaseRows, over file: Settings, keeping previous: DatabaseSettings,
    environment: (String) -> String? = environmentVariable
  ) -> DatabaseSettings {
    var settings = DatabaseSettings()
    for key in DatabaseKey.allCases {
      readKey(key, rows.config, over: file, keeping: previous, into: &settings)
    }
    withoutActuallyEscaping(environment) { environment in
      var reader = RegistryReader(file: file, environment: environment)
      reader.read(rows.servers, into: &settings)
    }
    return settings
  }

  private static func readKey(
    _ key: DatabaseKey, _ rows: [ConfigRow], over file: Settings,
    keeping previous: DatabaseSettings, into settings: inout DatabaseSettings
  ) {
    guard let row = rows.first(where: { $0.key == key.rawValue }) else { return }
    do throws(Refusal) {
      settings = try key.read(row, over: file, onto: settings)
    } catch {
      settings.refusedConfig.append(.init(name: row.key, reason: error.reason))
      guard let kept = previous.config.first(where: { $0.key == row.key }), kept != row,
        let settled = try? key.read(kept, over: file, onto: settings)
      else { return }
      settings = settled
    }
  }
}

extension Findings {
  /// Further problems of one value are counted, not told.
  private static let toldAtOnce = 3

  /// All that is wrong in a sentence, after what it is about; `nil` is nothing.
  func refusal(of subject: String) -> Refusal? {
    guard !problems.isEmpty else { return nil }
    var told = problems.prefix(Self.toldAtOnce).map(\.sentence)
    if problems.count > told.count { told.append("\(problems.count - told.count) more") }
    return Refusal("\(subject)\(told.joined(separator: "; "))")
  }
}

extension String {
  /// Between quotes, without what would break a line or the quotes, and cut.
  var namedSafely: String {
    var view = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(100) {
      view.append(scalar.isControl || scalar == "\"" ? "?" : scalar)
    }
    return "\"\(String(view))\""
  }
}
