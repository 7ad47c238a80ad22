import Foundation
import TestSupport

extension DocumentationBench {
  /// Fills the directory: what the pages name is there.
  func furnish() throws {
    let files = FileManager.default
    for directory in [".build/release", "bin", "templates"] {
      try files.createDirectory(at: scratch.path(directory), withIntermediateDirectories: true)
    }
    for program in [".build/release/breakwater", "bin/breakwater"] {
      try files.createSymbolicLink(
        atPath: scratch.path(program).path, withDestinationPath: breakwaterExecutable)
    }
    for directory in ["rules", "packaging", "grafana"] { try copy(directory) }
    try scratch.write("templates/chat.tmpl", "{{ define \"chat.text\" }}{{ .Status }}{{ end }}\n")
    try scratch.write("hook.key", "hush\n")
    try scratch.write("slack.url", "https://hooks.slack.example/services/a/b/c\n")
    try scratch.write("token.txt", "hush\n")
    try scratch.write("web.yml", "rate_limit: {interval: 1s, burst: 9}\n")
    try program("curl", "exec \(tool("curl")) --fail-with-body \"$@\"")
    try program("pgrep", "cat agent.pid")
    try scratch.write("breakwater.yml", configuration)
  }

  /// A part of the checkout, with the addresses of this bench in its configurations.
  private func copy(_ directory: String) throws {
    let source = projectRoot.appending(path: directory)
    try FileManager.default.copyItem(at: source, to: scratch.path(directory))
    let names = FileManager.default.enumerator(atPath: source.path)
    for name in names?.compactMap({ $0 as? String }) ?? [] where name.hasSuffix(".yml") {
      let file = "\(directory)/\(name)"
      let text = try String(contentsOf: scratch.path(file), encoding: .utf8)
      try scratch.write(file, addresses.applied(to: text))
    }
  }

  private func program(_ name: String, _ script: String) throws {
    let file = try scratch.write("bin/\(name)", "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  private func tool(_ name: String) -> String {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "/usr/bin/\(name)"
  }

  /// Of the agent that no page starts.
  private var configuration: String {
    var text = """
      global: {probe_interval: 1s, evaluation_interval: 1s}
      circuit_breaker:
        failure_threshold: 2
        recovery_timeout: 5m
      web: {enable_probe: true}
      rule_files: [rules/*.yml]
      route: {receiver: chat, group_by: [alertname, mcp], group_wait: 0s}
      receivers: [{name: chat, webhook_configs: [{url: "http://127.0.0.1:9000/hook"}]}]
      mcps:

      """
    for name in needs.mcps {
      text += "  - {name: \(name), url: \"\(servers.url(name))\", probe: {depth: catalogue}}\n"
    }
    if needs.alertmanager { text += "alertmanagers: [{url: \"http://127.0.0.1:9093\"}]\n" }
    if needs.postgres {
      text += "postgres: {url: \"postgres://breakwater@127.0.0.1:5432/omni\"}\n"
    }
    return addresses.applied(to: text)
  }
}
