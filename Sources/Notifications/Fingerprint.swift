package import PromQL
import Signals

extension LabelSet {
  /// What Prometheus and Alertmanager know an alert by: FNV-1a, 64 bits, of its sorted labels.
  package var alertFingerprint: UInt64 {
    var hash = StableHash()
    for label in labels {
      hash.combine(label.name)
      hash.combine(label.value)
    }
    return hash.value
  }
}

extension UInt64 {
  /// 16 hexadecimal digits.
  package var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
