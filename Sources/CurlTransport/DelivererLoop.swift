import Notifications
import Threading

/// What is asked of the deliverer's thread.
enum DelivererLetter: Sendable {
  case start([DeliveryOrder])
  case stop
}

/// The deliverer's thread: waits, lets libcurl work, delivers what came of it, and again.
final class DelivererLoop {
  private let settings: DelivererSettings
  private let watch: SocketWatch
  private let multi: MultiHandle
  private let mailbox: Mailbox<DelivererLetter>
  private let deliver: @Sendable ([DeliveryReport]) -> Void

  private let files = SettingsFiles()
  private var deliveries: TransferPool<Delivery>
  private var reports: [DeliveryReport] = []
  private var isStopping = false

  init(
    settings: DelivererSettings, epoll: Epoll, multi: MultiHandle,
    mailbox: Mailbox<DelivererLetter>, pulse: Pulse,
    deliver: @escaping @Sendable ([DeliveryReport]) -> Void
  ) {
    self.settings = settings
    self.multi = multi
    self.mailbox = mailbox
    self.deliver = deliver
    watch = SocketWatch(epoll: epoll, pulse: pulse)
    deliveries = TransferPool(spareMax: settings.spareHandles)
  }

  /// Returns after a `stop`, with everything answered.
  func run() {
    while !isStopping {
      if watch.wait(for: [multi]) { for letter in mailbox.take() { read(letter) } }
      watch.actOnTimers(of: [multi])
      while let (transfer, code) = multi.nextDone() {
        if let delivery = transfer as? Delivery { finish(delivery, code: code) }
      }
      cutLate()
      handOver()
    }
    stopAll()
    handOver()
  }

  private func read(_ letter: DelivererLetter) {
    switch letter {
    case .stop: isStopping = true
    case .start(let orders):
      let now = Clock.nanoseconds
      for order in orders { start(order, at: now) }
    }
  }

  private func start(_ order: DeliveryOrder, at now: Int64) {
    guard !isStopping else { return report(order, .stopped(mayHaveArrived: false)) }
    guard deliveries.running.count < settings.ordersMax else {
      return report(order, .local("more than \(settings.ordersMax) deliveries at once"))
    }
    let delivery = deliveries.begin {
      Delivery(settings: settings, files: files, agenda: watch.agenda)
    }
    guard let delivery else { return report(order, .local("libcurl has no handle left")) }
    if let failure = delivery.begin(order, at: now) { return conclude(delivery, failure) }
    guard multi.add(delivery.easy) else {
      return conclude(delivery, .local("libcurl refuses the transfer"))
    }
    delivery.multi = multi
  }

  /// Ends what libcurl itself has not ended in time.
  private func cutLate() {
    let now = Clock.nanoseconds
    guard now >= watch.agenda.next else { return }
    watch.agenda.next = .max
    for delivery in deliveries.late(at: now) {
      if delivery.answer == nil { delivery.spend() }
      finish(delivery, code: 28)
    }
    watch.agenda.next = deliveries.nextLook(after: now)
  }

  private func finish(_ delivery: Delivery, code: UInt32) {
    conclude(delivery, delivery.result(code: code, at: Clock.nanoseconds))
  }

  private func conclude(_ delivery: Delivery, _ result: DeliveryResult) {
    delivery.multi?.remove(delivery.easy)
    if let order = delivery.order { report(order, result) }
    deliveries.end(delivery)
    delivery.clear()
  }

  private func report(_ order: DeliveryOrder, _ result: DeliveryResult) {
    reports.append(DeliveryReport(order, result))
  }

  private func handOver() {
    guard !reports.isEmpty else { return }
    let full = reports
    reports = []
    CrashPoint.deliveryEnded.pass()
    // Nobody may take them for answered before they are.
    deliver(full)
    mailbox.ended(full.count)
  }

  /// Answers everything, here and still in the mailbox, which takes nothing more.
  private func stopAll() {
    for delivery in deliveries.running {
      conclude(
        delivery, delivery.answer.map(DeliveryResult.answered) ?? .stopped(mayHaveArrived: true))
    }
    for case .start(let orders) in mailbox.take(closing: true) {
      for order in orders { report(order, .stopped(mayHaveArrived: false)) }
    }
  }
}
