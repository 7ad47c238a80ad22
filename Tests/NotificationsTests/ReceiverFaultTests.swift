import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// What takes minutes or hours of a receiver's faults; ReceiverMatrixTests of EndToEndTests has the
/// whole list, R1 to R12.
@Suite struct LongReceiverFaults {
  private static let eachAlertByItself: @Sendable (inout NotificationSettings) -> Void = {
    $0.route?.groupBy = .allLabels
    $0.route?.groupInterval = .seconds(60)
  }

  @Test func `R2: after ten minutes of 5xx all arrives once and in order, in few tries`() {
    var driver = NotificationDriver()
    driver.answer = { .status([500, 502, 503, 504][$0.attempt % 4]) }
    driver.take("Down/a")
    driver.run(to: 20)
    driver.take("-Down/a")
    driver.run(to: 600)
    #expect(driver.tries.count <= 20)
    #expect(Set(driver.keys).count == 1, "the end waits for the beginning")
    let before = driver.tries.count
    driver.answer = { _ in .ok }
    driver.run(to: 1000)
    #expect(driver.heard.map { $0.suffix(2) } == ["+a", "-a"])
    #expect(driver.tries.count == before + 2)
  }

  @Test func `R7: one alert that is too large by itself is told in a smaller message`() {
    var driver = NotificationDriver()
    driver.answer = { $0.body.count > 20_000 ? .status(413) : .ok }
    var alert = NotificationDriver.alert("Down/a", at: driver.now.wall)
    alert.annotations = ["a", "b", "c"].map {
      Label(name: $0, value: String(repeating: $0, count: 16_000))
    }
    driver.take([alert])
    driver.run(to: 1)
    #expect(driver.heard.count == 1)
    #expect(driver.tries.count <= 5, "\(driver.tries.count) tries")
    #expect(driver.bodies["chat"]?.contains("… (cut)") == true)
  }

  @Test func `R7: a receiver that takes no alert of this size is not asked without end`() {
    var driver = NotificationDriver()
    driver.answer = { $0.body.count > 20_000 ? .status(413) : .ok }
    var labels = NotificationDriver.alert("Down/a", at: driver.now.wall).labels.labels
    labels.append(Label(name: "large", value: String(repeating: "x", count: 30_000)))
    var alert = NotificationDriver.alert("Down/a", at: driver.now.wall)
    alert.labels = LabelSet(labels)
    var left = 100
    let answer = driver.answer
    driver.answer = { order in
      left -= 1
      return left > 0 ? answer(order) : nil
    }
    driver.take([alert])
    driver.run(to: 1)
    #expect(left > 90, "\(100 - left) tries within a second")
  }

  @Test func `R8: when TLS has failed for five minutes, others are told`() {
    let settings = NotificationDriver.settings { settings in
      var other = Receiver(name: "other")
      other.integrations = [
        Integration(.webhook(WebhookSettings(url: Secret("http://other.test/"))))
      ]
      settings.receivers.append(other)
    }
    var driver = NotificationDriver(settings)
    let expired = DeliveryResult.failed(
      .tls, detail: "certificate has expired", mayHaveArrived: false)
    driver.answer = { $0.request.url.exposed.contains("hook") ? expired : .ok }
    driver.take("Down/a")
    driver.run(to: 299)
    #expect(driver.heardBy == [])
    driver.run(to: 310)
    #expect(driver.heardBy == ["other 300s first notification: +ReceiverFailing"])
    #expect(driver.figures.queueLength == 1, "and the message waits")
    driver.answer = { _ in .ok }
    driver.run(to: 1000)
    #expect(driver.heardBy.count == 3)
    #expect(driver.heardBy[1].hasSuffix("first notification: +a"))
    #expect(driver.heardBy[2].hasSuffix("all alerts resolved: -ReceiverFailing"))
  }

  /// 10,000 messages wait at most; the other groups are told as soon as there is room.
  @Test func `R10: of 50,000 groups at once what does not fit is put off, and nothing lost`() {
    let count = 50_000
    var driver = NotificationDriver(
      NotificationDriver.settings(wait: .zero, webhooks: 1) {
        $0.route?.groupBy = .allLabels
      })
    driver.answer = { _ in nil }
    let start = driver.now.wall
    driver.take((0..<count).map { NotificationDriver.alert("Down/\($0)", at: start) })
    #expect(driver.figures.groups == count)
    #expect(driver.figures.alertsRefused == [:])
    #expect(driver.figures.queueLength == 10_000)
    #expect(driver.figures.flushesPutOff == UInt64(count - 10_000))
    driver.answer = { _ in .ok }
    while !driver.flying.isEmpty { driver.land(.ok) }
    driver.run(to: 119)
    #expect(driver.figures.queueLength == 0)
    let told = Set(driver.heard.compactMap { $0.split(separator: "+").last })
    #expect(driver.heard.count == count && told.count == count)
    #expect(driver.figures.destinations[0].failed.isEmpty)
  }

  /// A group has 10,000 alerts at most. What is beyond is counted, and told when there is room.
  @Test func `R10: the alerts that a group has no room for are told when others have ended`() {
    var driver = NotificationDriver()
    let start = driver.now.wall
    let alerts = { (sign: String, numbers: Range<Int>) in
      numbers.map { NotificationDriver.alert("\(sign)Down/\($0)", at: start) }
    }
    driver.take(alerts("", 0..<12_000))
    #expect(driver.figures.alerts == 10_000)
    #expect(driver.figures.alertsRefused == [.alertsPerGroup: 2000])
    driver.take(alerts("-", 0..<10_000))
    driver.run(to: 301)
    // As the rules do each minute.
    driver.take(alerts("", 10_000..<12_000))
    driver.run(to: 700)
    #expect(driver.figures.alerts == 2000)
    #expect(driver.heard.last?.contains("+11999") == true)
  }

  /// More is told than the receiver takes: four messages each five seconds, of 200 alerts that
  /// flap each two minutes.
  @Test func `R11: a receiver that is too slow for an hour has a bounded queue, and hears it all`()
    throws
  {
    var limits = NotificationLimits()
    limits.messages = 100
    var driver = NotificationDriver(
      NotificationDriver.settings(wait: .zero, webhooks: 1, Self.eachAlertByItself),
      limits: limits)
    driver.answer = { _ in nil }
    var isDown = Array(repeating: false, count: 200)
    var longest = 0
    for second in stride(from: 0, to: 3600, by: 5) {
      driver.run(to: Double(second))
      for _ in driver.flying.indices.prefix(4) { driver.land(.ok) }
      for number in isDown.indices where (second + number) % 120 < 5 {
        isDown[number].toggle()
        driver.take((isDown[number] ? "" : "-") + "Down/\(number)")
      }
      longest = max(longest, driver.figures.queueLength)
    }
    #expect(longest == 100)
    #expect(driver.figures.flushesPutOff > 100, "which is seen")
    #expect(driver.figures.destinations[0].failed.isEmpty)

    driver.answer = { _ in .ok }
    while !driver.flying.isEmpty { driver.land(.ok) }
    driver.run(to: 5000)
    #expect(driver.figures.queueLength == 0)
    var believed: Set<Int> = []
    for line in driver.heard {
      let word = try #require(line.split(separator: " ").last)
      let number = try #require(Int(word.dropFirst()))
      if word.first == "+" {
        #expect(believed.insert(number).inserted, "\(line)")
      } else {
        #expect(believed.remove(number) != nil, "\(line)")
      }
    }
    #expect(believed == Set(isDown.indices.filter { isDown[$0] }))
  }

  @Test func `R11: what was given up collapses with its end, and both are seen`() {
    var limits = NotificationLimits()
    limits.messageLifetime = .seconds(900)
    var driver = NotificationDriver(limits: limits)
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.run(to: 600)
    driver.take("-Down/a")
    driver.run(to: 3600)
    #expect(driver.journal.ended == [1: .failed(.expired), 2: .collapsed])
    let figures = driver.figures.destinations[0]
    #expect(figures.failed == [.expired: 1] && figures.collapsed == 1)
    #expect(driver.figures.deadLetters == 1)
    driver.answer = { _ in .ok }
    driver.run(to: 8000)
    #expect(driver.heard == [], "nobody hears of the end of what nobody heard of")
  }

  @Test func `R11: what began and ended while nobody was reached is told once, when both are old`()
  {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a", "Slow/b")
    driver.run(to: 100)
    driver.take("-Down/a")
    driver.run(to: 1250)
    driver.restart()
    driver.take("Slow/b")
    driver.answer = { _ in .ok }
    driver.run(to: 2000)
    #expect(driver.heard.map { $0.suffix(2) }.sorted() == ["+b", "-a"])
    #expect(driver.journal.ended == [1: .collapsed, 2: .delivered, 3: .delivered])
    driver.restart()
    driver.take("Slow/b")
    driver.run(to: 4000)
    #expect(driver.heard.count == 2)
    #expect(driver.figures.groups == 1)
  }

  @Test func `R11: what has ended a moment ago is told with its beginning, however old that is`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.run(to: 1000)
    driver.take("-Down/a")
    driver.run(to: 1300)
    driver.answer = { _ in .ok }
    driver.run(to: 2000)
    #expect(driver.heard.map { $0.suffix(2) } == ["+a", "-a"])
  }

  @Test func `R11: what an end does not tell is not left to it`() {
    let settings = NotificationDriver.settings {
      $0.receivers[0].integrations[0].sendResolved = false
    }
    var driver = NotificationDriver(settings)
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.run(to: 100)
    driver.take("-Down/a", "Down/b")
    driver.run(to: 2000)
    driver.answer = { _ in .ok }
    driver.run(to: 3000)
    #expect(driver.heard.first?.hasSuffix("first notification: +a") == true)
    #expect(!driver.journal.ended.values.contains(.collapsed))
  }

  @Test func `R11: of a receiver that is never reached, nothing is told for ever`() {
    var driver = NotificationDriver()
    driver.answer = { _ in .refusedConnection }
    driver.take("Down/a")
    driver.run(to: 100)
    driver.take("-Down/a")
    driver.run(to: 400_000)
    #expect(driver.journal.ended == [1: .collapsed, 2: .failed(.expired)])
    #expect(driver.figures.deadLetters == 1 && driver.figures.groups == 0)
  }

  @Test func `R11: what a person has sent again is sent, though it is over`() throws {
    var driver = NotificationDriver()
    driver.answer = { _ in .status(410) }
    driver.take("Down/a")
    let dead = try #require(driver.journal.dead.first)
    driver.take("-Down/a")
    driver.answer = { _ in .refusedConnection }
    _ = try driver.redeliver(dead)
    driver.run(to: 3000)
    driver.answer = { _ in .ok }
    driver.run(to: 4000)
    #expect(driver.heard.map { $0.suffix(2) } == ["+a", "-a"])
  }

  @Test func `R12: an annotation of a mebibyte of hostile text is cut, and told`() throws {
    let hostile = #"</script>"\'{{ . }}\#u{0}\#u{202e}\#n"#
    var driver = NotificationDriver()
    var alert = NotificationDriver.alert("Down/a", at: driver.now.wall)
    let text = String(repeating: hostile, count: (1 << 20) / hostile.utf8.count + 1)
    alert.annotations = [Label(name: "summary", value: text)]
    driver.take([alert])
    let body = try #require(driver.bodies["chat"])
    #expect(body.contains("… (cut)"))
    // Twice: of the alert, and of what all alerts have in common; each byte is six at most.
    #expect(body.utf8.count < 2 * 6 * 16_384 + 2_000)
    #expect(!body.unicodeScalars.contains { $0.value < 0x20 }, "all is escaped")
  }
}
