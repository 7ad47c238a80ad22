package import Agent
import CLinux
package import Threading

/// Performs probe orders over HTTP: libcurl and one epoll on one thread, named `prober`.
///
/// Connections are kept between the probes of an MCP. Costs one thread, an eventfd and an epoll.
package final class Prober: Sendable {
  private let mailbox: Mailbox<ProberLetter>
  private let thread: NamedThread
  /// Told of each turn of its thread.
  package let pulse = Pulse()

  /// `deliver` is called on the prober's thread, once per turn of its loop, with all reports of
  /// that turn; it must not block. Throws when the kernel has no thread or descriptor for it.
  package init(
    settings: ProberSettings, deliver: @escaping @Sendable ([ProbeReport]) -> Void
  ) throws(ProberError) {
    guard CurlGlobal.isReady else { throw ProberError(description: "libcurl does not start") }
    let epoll = try Epoll()
    let mailbox = try Mailbox<ProberLetter>()
    guard epoll.watch(mailbox.bell, token: Epoll.bellToken) else {
      throw ProberError(description: "cannot watch the bell: error \(clinux_last_error())")
    }
    let pulse = pulse
    let thread = NamedThread("prober", pulse: pulse) {
      ProberLoop(
        settings: settings, epoll: epoll, mailbox: mailbox, pulse: pulse, deliver: deliver
      ).run()
    }
    guard let thread else { throw ProberError(description: "no thread left for the prober") }
    self.mailbox = mailbox
    self.thread = thread
  }

  deinit { mailbox.post(.stop) }

  /// Starts probes; from any thread, never blocks. Each order gives exactly one report, except
  /// those of purpose `endSession`, those forgotten, and those given after `stop`.
  package func start(_ orders: [ProbeOrder]) {
    if !orders.isEmpty { mailbox.post(.start(orders), orders: orders.count) }
  }

  /// Nothing more is reported of these MCPs, and their connections may close. Their `endSession`
  /// orders go on to their end.
  package func forget(_ mcps: [MCPID]) {
    if !mcps.isEmpty { mailbox.post(.forget(mcps)) }
  }

  /// Reports everything under way as `cancelled`, ends the thread and waits for that, at most 5 s.
  /// Returns at once when called from `deliver`, and when the thread has ended already.
  package func stop() {
    mailbox.post(.stop)
    _ = thread.join(timeout: .seconds(5))
  }

  /// Orders given and not yet answered.
  package var inFlight: Int { mailbox.inFlight }
}
