import Signals

extension HTTPSettings {
  /// Takes what stands in the files of these settings now.
  mutating func refresh(from files: SettingsFiles, at now: Int64) throws(SettingsFiles.Fault) {
    for index in headers.indices where headers[index].source != nil {
      try headers[index].refresh(from: files, at: now)
    }
    try tls.refresh(from: files, at: now)
    if var token = oauth2 {
      try token.clientSecret.refresh(from: files, at: now)
      try token.tls.refresh(from: files, at: now)
      oauth2 = token
    }
  }
}

extension HTTPSettings.Header {
  fileprivate mutating func refresh(
    from files: SettingsFiles, at now: Int64
  ) throws(SettingsFiles.Fault) {
    switch source {
    case nil: break
    case .file(let path, let prefix):
      let whole = value.exposed
      let known = Secret(String(whole.dropFirst(whole.hasPrefix(prefix) ? prefix.count : 0)))
      let text = try files.content(of: path, .secret, known: known, at: now)
      value = Secret(prefix + text.exposed)
    case .login(var username, var password):
      try username.refresh(from: files, at: now)
      try password.refresh(from: files, at: now)
      value = .basic(username: username.value, password: password.value)
    }
  }
}

extension StoredSecret {
  fileprivate mutating func refresh(
    from files: SettingsFiles, at now: Int64
  ) throws(SettingsFiles.Fault) {
    guard let file else { return }
    value = try files.content(of: file, .secret, known: value, at: now)
  }
}

extension HTTPSettings.TLSSettings {
  fileprivate mutating func refresh(
    from files: SettingsFiles, at now: Int64
  ) throws(SettingsFiles.Fault) {
    if let caFile { ca = try files.content(of: caFile, .pem, known: nil, at: now) }
    if let certFile { cert = try files.content(of: certFile, .pem, known: nil, at: now) }
    if let keyFile { key = try files.content(of: keyFile, .pem, known: nil, at: now) }
  }
}
