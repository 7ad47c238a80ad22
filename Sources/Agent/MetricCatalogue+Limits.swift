import Signals

private let refusals = RenderedSet("reason", of: WebRefusal.self).members

extension MetricCatalogue {
  /// What ran into a bound, where no other family says it; see docs/limits.md.
  static let limits: [OfAgent] = [
    OfAgent(
      "breakwater_coordinator_inbox_dropped_total", .counter,
      "Events that the coordinator's inbox had no room for."
    ) { agent, out in
      out.sample(.whole(agent.inboxDropped))
    },
    OfAgent(
      "breakwater_records_dropped_total", .counter,
      "Records of MCPs that are not configured, forgotten because there were too many."
    ) { agent, out in
      out.sample(.whole(agent.recordsDropped))
    },
    OfAgent(
      "breakwater_catalogues_cut_total", .counter,
      "Listings kept for comparison without their texts, or not at all, for want of room."
    ) { agent, out in
      out.sample(.whole(agent.cataloguesCut))
    },
    OfAgent(
      "breakwater_journal_rows_dropped_total", .counter,
      "Rows of the journal deleted before their time because there were too many."
    ) { agent, out in
      out.sample(.whole(agent.journalRowsDropped))
    },
    OfAgent("breakwater_web_connections", .gauge, "Open connections of the web server.") {
      agent, out in
      out.sample(.whole(agent.web.connections))
    },
    OfAgent(
      "breakwater_web_connections_refused_total", .counter,
      "Connections answered 503 because too many were open."
    ) { agent, out in
      out.sample(.whole(agent.web.connectionsRefused))
    },
    OfAgent(
      "breakwater_web_connections_replaced_total", .counter,
      "Connections closed to make room for others: nothing was under way on them."
    ) { agent, out in
      out.sample(.whole(agent.web.connectionsReplaced))
    },
    OfAgent(
      "breakwater_web_requests_refused_total", .counter,
      "Requests and handshakes refused: for their size or form, for who asks, or for want of room.",
      labels: ["reason"]
    ) { agent, out in
      for (count, member) in zip(agent.web.requestsRefused, refusals) {
        out.sample(.whole(count), label: member.label)
      }
    },
  ]
}
