import Foundation
import Notifications
import PromQL
import Signals

/// What a destination was told, as JSON and back.
struct ToldText: Codable {
  struct Alert: Codable {
    /// Names and values, in order.
    var labels: [[String]]
    var startsAt: Int64

    enum CodingKeys: String, CodingKey {
      case labels
      case startsAt = "starts_ms"
    }
  }

  var firing: [Alert]
  var resolved: [Alert]
  var at: Int64

  enum CodingKeys: String, CodingKey {
    case firing, resolved
    case at = "at_ms"
  }

  static func text(of told: Told) -> String {
    let text = ToldText(
      firing: told.firing.map(Alert.init), resolved: told.resolved.map(Alert.init),
      at: told.at.milliseconds)
    // Strings and whole numbers: there is nothing that cannot be encoded.
    guard let bytes = try? JSONEncoder().encode(text) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `nil` for what is not of `text(of:)`.
  static func told(_ text: String) -> Told? {
    guard let stored = try? JSONDecoder().decode(ToldText.self, from: Data(text.utf8)) else {
      return nil
    }
    return Told(
      firing: stored.firing.map(\.told), resolved: stored.resolved.map(\.told),
      at: Timestamp(milliseconds: stored.at))
  }
}

extension ToldText.Alert {
  fileprivate init(_ alert: ToldAlert) {
    labels = alert.labels.labels.map { [$0.name, $0.value] }
    startsAt = alert.startsAt.milliseconds
  }

  fileprivate var told: ToldAlert {
    let labels = labels.compactMap { pair in
      pair.count == 2 ? Label(name: pair[0], value: pair[1]) : nil
    }
    return ToldAlert(
      labels: LabelSet(labels), startsAt: Timestamp(milliseconds: startsAt))
  }
}
