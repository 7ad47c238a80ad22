/// The rules that come with the program: the files of `rules/`, for the demonstration.
package enum RulePack {
  /// Name and text of each file.
  package static var files: [(name: String, text: String)] {
    [("rules/agent.yml", PackageResources.agent_yml), ("rules/mcp.yml", PackageResources.mcp_yml)]
      .map { ($0, String(decoding: $1, as: UTF8.self)) }
  }
}
