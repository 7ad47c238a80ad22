package import Signals

/// One entry of `webhook_configs`: a receiver of Alertmanager's own JSON.
package struct WebhookSettings: Equatable, Sendable {
  /// Absolute http or https URL.
  package var url: Secret
  /// Alerts in one message; 0 is no limit.
  package var maxAlerts = 0
  package var signingSecret: Secret?
  /// Signs too, while receivers go over to it.
  package var nextSigningSecret: Secret?

  package init(url: Secret) { self.url = url }
}

extension WebhookSettings: MessageReceiver {
  package func body(
    for message: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    RenderedBody(
      Payload(
        message: message, externalURL: context.externalURL, maxAlerts: maxAlerts,
        bytesMax: context.bytesMax
      ).render())
  }

  package func request(idempotencyKey: String) -> DeliveryRequest {
    DeliveryRequest(
      to: url, signingSecrets: [signingSecret, nextSigningSecret].compactMap { $0 })
  }
}
