import CLinux
package import Notifications
package import Threading

/// Sends webhooks: libcurl and one epoll on one thread of its own, named `notifier`, so that probes
/// and deliveries never wait for each other.
///
/// Connections are kept between deliveries. Costs one thread, an eventfd and an epoll.
package final class Deliverer: Sendable {
  private let mailbox: Mailbox<DelivererLetter>
  private let thread: NamedThread
  private let deliver: @Sendable ([DeliveryReport]) -> Void
  /// Told of each turn of its thread.
  package let pulse = Pulse()

  /// `deliver` is called on the deliverer's thread, once per turn of its loop, with all reports of
  /// that turn; it must not block. Throws when the kernel has no thread or descriptor for it.
  package init(
    settings: DelivererSettings, deliver: @escaping @Sendable ([DeliveryReport]) -> Void
  ) throws(ProberError) {
    guard CurlGlobal.isReady else { throw ProberError(description: "libcurl does not start") }
    let epoll = try Epoll()
    let mailbox = try Mailbox<DelivererLetter>()
    guard epoll.watch(mailbox.bell, token: Epoll.bellToken) else {
      throw ProberError(description: "cannot watch the bell: error \(clinux_last_error())")
    }
    let multi = MultiHandle(
      index: 0, epoll: epoll.descriptor, connections: settings.connectionsMax)
    guard let multi else { throw ProberError(description: "libcurl has no multi handle left") }
    let loop = DelivererLoop(
      settings: settings, epoll: epoll, multi: multi, mailbox: mailbox, pulse: pulse,
      deliver: deliver)
    let thread = NamedThread("notifier", pulse: pulse) { loop.run() }
    guard let thread else { throw ProberError(description: "no thread left for the notifier") }
    self.mailbox = mailbox
    self.thread = thread
    self.deliver = deliver
  }

  deinit { mailbox.post(.stop) }

  /// Starts deliveries; from any thread, never blocks. Each order gives exactly one report; after
  /// the thread has ended `deliver` is called at once, on the caller's.
  package func start(_ orders: [DeliveryOrder]) {
    guard !orders.isEmpty, !mailbox.post(.start(orders), orders: orders.count) else { return }
    deliver(orders.map { DeliveryReport($0, .stopped(mayHaveArrived: false)) })
  }

  /// Reports everything under way as failed, `local`, ends the thread and waits for that, at most
  /// 5 s. Returns at once when called from `deliver`, and when the thread has ended already.
  package func stop() {
    mailbox.post(.stop)
    _ = thread.join(timeout: .seconds(5))
  }

  /// Orders given and not yet answered.
  package var inFlight: Int { mailbox.inFlight }
}

extension DeliveryReport {
  init(_ order: DeliveryOrder, _ result: DeliveryResult) {
    self.init(id: order.id, attempt: order.attempt, result: result)
  }
}

extension DeliveryResult {
  static func stopped(mayHaveArrived: Bool) -> Self {
    .failed(.local, detail: "the agent ends", mayHaveArrived: mayHaveArrived)
  }
  /// Our own fault, before anything was sent.
  static func local(_ detail: String) -> Self {
    .failed(.local, detail: detail, mayHaveArrived: false)
  }
}
