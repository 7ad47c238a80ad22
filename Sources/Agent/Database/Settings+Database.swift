import Breaking

extension Settings {
  /// What counts when the database says this besides: an MCP's own settings, or its row's, go over
  /// `omni2_config`, that over the file's defaults (CONTRACT.md 2).
  ///
  /// Takes the settings of the file, not those that came of an earlier call.
  package func resolved(with database: DatabaseSettings) -> Settings {
    var resolved = self
    resolved.logging = logging.overlaid(by: database.threadLogging)
    let defaults = defaults.overlaid(by: database)
    if defaults != self.defaults {
      for index in mcps.indices {
        let own = own[mcps[index].name] ?? OwnSettings()
        defaults.apply(to: &resolved.mcps[index], saying: own)
      }
    }
    resolved.mcps += database.mcps.map { row in
      var mcp = row.settings
      var own = row.own
      if !database.autoDisables { own.breaker.maxFailureCycles = nil }
      defaults.apply(to: &mcp, saying: own)
      return mcp
    }
    return resolved
  }
}

extension ProbeDefaults {
  /// These defaults where the database says nothing.
  package func overlaid(by database: DatabaseSettings) -> Self {
    var defaults = self
    defaults.interval = database.interval ?? interval
    defaults.breaker = breaker.patched(by: database.breaker)
    if !database.autoDisables { defaults.breaker.maxFailureCycles = 0 }
    return defaults
  }
}

extension LoggingSettings {
  /// These settings where the database says nothing; neither field when it switches them off.
  func overlaid(by database: DatabaseSettings.ThreadLogging?) -> Self {
    guard let database else { return self }
    let isEnabled = database.enabled ?? true
    var logging = self
    logging.threadName = isEnabled && database.includesName ?? threadName
    logging.threadID = isEnabled && database.includesID ?? threadID
    return logging
  }
}
