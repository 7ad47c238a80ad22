import ArgumentParser
import ConfigFile
import CurlTransport
import MCPWire
import Signals

struct ProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Probe one MCP server once and say what was found.",
    discussion: "Exit status: 0 when the server is up, 1 else.")

  @Argument(help: "URL of the server.") var url: String

  @Flag(name: .customLong("json"), help: "Print one JSON object.") var json = false

  @Option(
    name: .customLong("header"),
    help: .init("Header to send; may be given more than once.", valueName: "name:value"))
  var headers: [String] = []

  @Option(
    name: .customLong("bearer-file"),
    help: .init("File with a token to send as `Authorization: Bearer`.", valueName: "path"))
  var bearerFile: String?

  @Option(name: .customLong("timeout"), help: .init("Time for all of it.", valueName: "duration"))
  var timeout = "10s"

  @Option(name: .customLong("transport"), help: "How to speak to the server.")
  var transport = TransportSetting.auto

  func validate() throws {
    _ = try target()
    _ = try limit()
  }

  func run() async throws {
    let result = await probeOnce(
      try target(), timeout: try limit(), purpose: .catalogue, clientVersion: Version.number)
    Terminal.print(json ? ProbeJSON(url: url, result).text : ProbeText(url: url, result).text)
    if result.verdict != .up { throw ExitCode(1) }
  }

  private func target() throws -> ProbeTarget {
    do throws(FlagProblem) {
      var target = ProbeTarget(url: try ConfigFile.serverURL(url))
      target.transport = transport
      for header in headers { target.http.headers.append(try ConfigFile.header(header)) }
      if let bearerFile { target.http.headers.append(try ConfigFile.bearer(file: bearerFile)) }
      return target
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func limit() throws -> Duration {
    guard let limit = Duration(prometheus: timeout), limit > .zero else {
      throw ValidationError("--timeout: expected a positive duration such as 10s")
    }
    return limit
  }
}

extension TransportSetting: ExpressibleByArgument {}
