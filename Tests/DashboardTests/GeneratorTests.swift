import Foundation
import TestSupport
import Testing

/// What grafana/generator writes, and what Grafana is told by grafana/provisioning.
struct GeneratorTests {
  static let python =
    (ProcessInfo.processInfo.environment["BREAKWATER_VENVS"]
      ?? projectRoot.appending(path: ".build/venvs").path)
    + "/grafana-foundation-sdk-10.1.0/bin/python"

  @Test func `the dashboards are what the generator writes today`() async throws {
    let scratch = try Scratch()
    let made = scratch.path("dashboards")
    let result = try await runCommand(
      Self.python, ["-B", projectRoot.appending(path: "grafana/generator").path, made.path],
      in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: made.path)
    let committed = try Dashboard.files()
    #expect(Set(names) == Set(committed.keys), "make dashboards writes them")
    for name in names {
      let text = try String(contentsOf: made.appending(path: name), encoding: .utf8)
      #expect(text == committed[name], "\(name) is not current: make dashboards writes it")
    }
  }

  /// A file of grafana/provisioning.
  private func provisioning(_ path: String) async throws -> JSON {
    let file = projectRoot.appending(path: "grafana/provisioning/\(path)").path
    let result = try await runCommand(
      Self.python,
      ["-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))", file],
      in: try Scratch())
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(JSON.self, from: Data(result.output.utf8))
  }

  @Test func `the data sources are of the plugins that the dashboards choose from`() async throws {
    let file = try await provisioning("datasources/breakwater.yml")
    #expect(file["apiVersion"].number == 1)
    let plugins = file["datasources"].array.compactMap { $0["type"].string }
    #expect(plugins == ["prometheus", "postgres"])
    let dashboards = try Dashboard.all()
    for plugin in plugins { #expect(dashboards.contains { $0.isOn(plugin) }) }
    for source in file["datasources"].array {
      #expect(source.keys.isSuperset(of: ["name", "access", "url", "jsonData"]))
      #expect(source["uid"] == .null)
      #expect(source["secureJsonData"]["password"].string?.hasPrefix("$") != false)
    }
  }

  @Test func `the dashboards are read from a directory`() async throws {
    let file = try await provisioning("dashboards/breakwater.yml")
    #expect(file["apiVersion"].number == 1)
    let providers = file["providers"].array
    #expect(providers.map { $0["type"].string } == ["file"])
    #expect(
      providers.first?["options"]["path"].string == "/var/lib/grafana/dashboards/breakwater")
    #expect(providers.first?["folder"].string == "Breakwater")
  }
}
