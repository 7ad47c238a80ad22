import CCrypto
import Signals

/// What shows a receiver that a message is ours and fresh.
enum WebhookSignature {
  /// Of the current secret, and of the next one while there are two.
  static let headers = ["X-Breakwater-Signature", "X-Breakwater-Signature-Next"]

  /// Hexadecimal HMAC-SHA256 of `timestamp:body`; `nil` when libcrypto refuses.
  static func hex(secret: Secret, timestamp: String, body: [UInt8]) -> String? {
    let key = Array(secret.exposed.utf8)
    let message = Array("\(timestamp):".utf8) + body
    var digest = [UInt8](repeating: 0, count: 32)
    let code = unsafe ccrypto_hmac_sha256(key, key.count, message, message.count, &digest)
    guard code == 1 else { return nil }
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.utf8.count == 1 ? "0\(digits)" : digits
    }.joined()
  }
}
