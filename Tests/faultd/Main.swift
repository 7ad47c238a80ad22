import FaultServers
import Foundation
import Glibc

/// `faultd --list` says what there is; `faultd T6 forbidden` serves each on a port of its own, and
/// prints a line with its URL, and for TLS the file of the authority to trust. Until it is ended.
@main struct Faultd {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments == ["--list"] {
      for scenario in Scenario.all {
        print(scenario.id.padding(toLength: 29, withPad: " ", startingAt: 0), scenario.sentence)
      }
      return
    }
    let scenarios = arguments.flatMap(Scenario.named)
    guard !arguments.isEmpty, arguments.allSatisfy({ !Scenario.named($0).isEmpty }) else {
      let known = "ids are those of --list, or T10 for all that begin with it"
      FileHandle.standardError.write(Data("usage: faultd --list | ID...; \(known)\n".utf8))
      exit(2)
    }
    var servers: [FaultServer] = []
    for scenario in scenarios {
      do {
        let server = try await FaultServer(scenario)
        print(
          ([scenario.id, server.url] + (server.authority.map { [$0] } ?? [])).joined(separator: " ")
        )
        servers.append(server)
      } catch {
        FileHandle.standardError.write(Data("\(scenario.id): \(error)\n".utf8))
        exit(1)
      }
    }
    fflush(nil)
    // SIGTERM and SIGINT do what they do; the processes before TLS end when this one has.
    while true { pause() }
  }
}
