import Foundation

/// A webhook's message as lines for a terminal.
enum DemoMessage {
  private struct Message: Decodable {
    struct Alert: Decodable {
      let status: String
      let labels: [String: String]
      let annotations: [String: String]
    }

    let alerts: [Alert]
  }

  /// `webhook  FIRING    McpCircuitOpen  The circuit of orders is open`
  static func lines(of body: [UInt8]) -> [String] {
    guard let message = try? JSONDecoder().decode(Message.self, from: Data(body)) else {
      return ["webhook  a message that is not Alertmanager's"]
    }
    return message.alerts.map { alert in
      let status = alert.status.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)
      let name = alert.labels["alertname"] ?? ""
      let summary = alert.annotations["summary"] ?? ""
      return printable("webhook  \(status)  \(name)  \(summary)")
    }
  }

  private static func printable(_ text: String) -> String {
    let shown = text.unicodeScalars.filter { $0.properties.generalCategory != .control }
    return String(String.UnicodeScalarView(shown))
  }
}
