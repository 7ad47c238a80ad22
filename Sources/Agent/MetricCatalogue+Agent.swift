import Signals

private let restartReasons = RenderedSet("reason", of: RestartReason.self).members
private let skipReasons = RenderedSet("reason", of: SkipReason.self).members
private let dropReasons = RenderedSet("reason", of: SampleDropReason.self).members
private let quarantineKinds = RenderedSet("kind", of: WorkItem.Kind.self).members
private let journalReasons = RenderedSet("reason", of: JournalFailure.self).members

extension MetricCatalogue {
  static let ofAgent: [OfAgent] =
    configuration + log + coordinator + schedule + journal + postgres + head + queries + rules
    + notifications + alertmanagers + limits + process

  private static let configuration: [OfAgent] = [
    OfAgent(
      "breakwater_build_info", .gauge, "Version of the running program; always 1.",
      labels: ["version", "revision"]
    ) { agent, out in
      let label =
        renderedLabel("version", agent.version) + Array(",".utf8)
        + renderedLabel("revision", agent.revision)
      out.sample(.whole(1 as Int64), label: label)
    },
    OfAgent(
      "breakwater_config_last_reload_successful", .gauge,
      "Whether the last reading of the configuration was taken over."
    ) { agent, out in
      out.sample(.flag(agent.configReloadSuccessful))
    },
    OfAgent(
      "breakwater_config_last_reload_success_timestamp_seconds", .gauge,
      "When a configuration was last taken over."
    ) { agent, out in
      if let at = agent.configReloadedAt { out.sample(.seconds(at)) }
    },
    OfAgent(
      "breakwater_web_config_last_reload_successful", .gauge,
      "Whether the last reading of --web.config.file was taken over; with such a file only."
    ) { agent, out in
      if let config = agent.web.config { out.sample(.flag(config.isSuccessful)) }
    },
    OfAgent(
      "breakwater_web_config_last_reload_success_timestamp_seconds", .gauge,
      "When --web.config.file, or a file that it names, was last taken over."
    ) { agent, out in
      if let config = agent.web.config { out.sample(.seconds(config.readAt)) }
    },
  ]

  private static let log: [OfAgent] = [
    OfAgent(
      "breakwater_log_lines_dropped_total", .counter,
      "Lines of the log that nobody reads: standard error took too few, or refused them."
    ) { agent, out in
      out.sample(.whole(agent.logLinesDropped))
    }
  ]

  private static let coordinator: [OfAgent] = [
    OfAgent("breakwater_coordinator_up", .gauge, "Whether the coordinator runs.") { agent, out in
      out.sample(.flag(agent.coordinatorUp))
    },
    OfAgent(
      "breakwater_coordinator_heartbeat_timestamp_seconds", .gauge,
      "When the coordinator last took a turn; one is due each second, with work or without."
    ) { agent, out in
      if let at = agent.coordinatorHeartbeat { out.sample(.seconds(at)) }
    },
    OfAgent(
      "breakwater_coordinator_generation", .gauge,
      "How many coordinators have run on this journal, this one included."
    ) { agent, out in
      out.sample(.whole(agent.coordinatorGeneration))
    },
    OfAgent(
      "breakwater_coordinator_restarts_total", .counter,
      "Restarts of the coordinator that nobody asked for.", labels: ["reason"]
    ) { agent, out in
      for (index, member) in restartReasons.enumerated() where index < agent.restarts.count {
        out.sample(.whole(agent.restarts[index]), label: member.label)
      }
    },
    OfAgent(
      "breakwater_coordinator_step_duration_seconds", .histogram,
      "Time a turn of the coordinator takes, its effects handed out."
    ) { agent, out in
      out.histogram(agent.stepDurations)
    },
    OfAgent(
      "breakwater_coordinators_abandoned", .gauge,
      "Coordinators that stood still, were replaced, and have not come to their end."
    ) { agent, out in
      out.sample(.whole(agent.coordinatorsAbandoned))
    },
    OfAgent(
      "breakwater_coordinator_turns_fenced_total", .counter,
      "Turns of replaced coordinators that counted for nothing."
    ) { agent, out in
      out.sample(.whole(agent.turnsFenced))
    },
    OfAgent(
      "breakwater_quarantined_items", .gauge,
      "What is left alone because the agent has crashed over it again and again.",
      labels: ["kind"]
    ) { agent, out in
      for member in quarantineKinds {
        let count = agent.quarantined.count { $0.item.kind == member.value }
        out.sample(.whole(count), label: member.label)
      }
    },
  ]

  private static let schedule: [OfAgent] = [
    OfAgent("breakwater_probes_in_flight", .gauge, "Probes that have started and not ended.") {
      agent, out in
      out.sample(.whole(agent.probesInFlight))
    },
    OfAgent(
      "breakwater_probe_schedule_lag_seconds", .histogram,
      "How much later than due probes have started."
    ) { agent, out in
      out.histogram(agent.scheduleLag)
    },
    OfAgent(
      "breakwater_probes_skipped_total", .counter, "Due probes that were not started.",
      labels: ["reason"]
    ) { agent, out in
      for (index, member) in skipReasons.enumerated() where index < agent.skipped.count {
        out.sample(.whole(agent.skipped[index]), label: member.label)
      }
    },
    OfAgent(
      "breakwater_stale_reports_total", .counter,
      "Reports of probes that were given up or replaced before they came."
    ) { agent, out in
      out.sample(.whole(agent.staleReports))
    },
  ]

  private static let journal: [OfAgent] = [
    OfAgent(
      "breakwater_journal_up", .gauge, "Whether the journal has committed the last transaction."
    ) { agent, out in
      out.sample(.flag(agent.journal.isUp))
    },
    OfAgent("breakwater_journal_writes_total", .counter, "Transactions committed.") {
      agent, out in
      out.sample(.whole(agent.journal.writes))
    },
    OfAgent("breakwater_journal_events_total", .counter, "Health events committed.") {
      agent, out in
      out.sample(.whole(agent.journal.events))
    },
    OfAgent(
      "breakwater_journal_failures_total", .counter, "Transactions that the journal refused.",
      labels: ["reason"]
    ) { agent, out in
      for (index, member) in journalReasons.enumerated() where index < agent.journal.failures.count
      {
        out.sample(.whole(agent.journal.failures[index]), label: member.label)
      }
    },
    OfAgent(
      "breakwater_journal_events_dropped_total", .counter,
      "Health events given up because the journal refused too many."
    ) { agent, out in
      out.sample(.whole(agent.eventsDropped))
    },
    OfAgent(
      "breakwater_journal_queue_length", .gauge, "Batches that wait for the journal's thread."
    ) { agent, out in
      out.sample(.whole(agent.journal.queueLength))
    },
    OfAgent(
      "breakwater_journal_lag_seconds", .gauge,
      "Age of the oldest batch that waits for the journal; 0 when none does."
    ) { agent, out in
      out.sample(.microseconds(agent.journal.lag.wholeMicroseconds))
    },
    OfAgent(
      "breakwater_journal_replaced_total", .counter,
      "Damaged journals that were put aside while the agent ran, each for a new one."
    ) { agent, out in
      out.sample(.whole(agent.journalsReplaced))
    },
    OfAgent(
      "breakwater_journal_size_bytes", .gauge,
      "Size of the journal's file and its write-ahead log."
    ) { agent, out in
      out.sample(.whole(agent.journalBytes))
    },
  ]

  private static let queries: [OfAgent] = [
    OfAgent(
      "breakwater_queries_refused_total", .counter,
      "Queries answered 503 because too many waited for a thread."
    ) { agent, out in
      out.sample(.whole(agent.queriesRefused))
    }
  ]

  private static let head: [OfAgent] = [
    OfAgent("breakwater_head_series", .gauge, "Series of the agent's own that are kept.") {
      agent, out in
      out.sample(.whole(agent.head.series))
    },
    OfAgent("breakwater_head_bytes", .gauge, "Estimated memory of the agent's own samples.") {
      agent, out in
      out.sample(.whole(agent.head.bytes))
    },
    OfAgent(
      "breakwater_head_samples_appended_total", .counter, "Samples of the agent's own appended."
    ) { agent, out in
      out.sample(.whole(agent.head.appended))
    },
    OfAgent(
      "breakwater_head_samples_dropped_total", .counter,
      "Samples of the agent's own that were not kept as long as they should be.",
      labels: ["reason"]
    ) { agent, out in
      for (index, member) in dropReasons.enumerated() where index < agent.head.dropped.count {
        out.sample(.whole(agent.head.dropped[index]), label: member.label)
      }
    },
  ]

  private static let process: [OfAgent] = [
    OfAgent("process_cpu_seconds_total", .counter, "User and system CPU time spent.") {
      agent, out in
      out.sample(.seconds(agent.process.cpu))
    },
    OfAgent("process_open_fds", .gauge, "Open file descriptors.") { agent, out in
      out.sample(.whole(agent.process.openDescriptors))
    },
    OfAgent("process_max_fds", .gauge, "Most file descriptors that may be open.") { agent, out in
      out.sample(.whole(agent.process.maxDescriptors))
    },
    OfAgent("process_virtual_memory_bytes", .gauge, "Virtual memory size.") { agent, out in
      out.sample(.whole(agent.process.virtualMemoryBytes))
    },
    OfAgent(
      "process_virtual_memory_max_bytes", .gauge,
      "Most virtual memory there may be; without a bound, the largest number there is."
    ) { agent, out in
      out.sample(.whole(agent.process.virtualMemoryMax.map { UInt64(clamping: $0) } ?? .max))
    },
    OfAgent("process_resident_memory_bytes", .gauge, "Resident memory size.") { agent, out in
      out.sample(.whole(agent.process.residentMemoryBytes))
    },
    OfAgent("process_start_time_seconds", .gauge, "When the process started.") { agent, out in
      out.sample(.seconds(agent.process.startedAt))
    },
  ]
}
