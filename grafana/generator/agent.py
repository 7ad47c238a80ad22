"""Agent: how Breakwater itself is."""

from grafana_foundation_sdk.models import dashboard as model

from panels import (
    GREEN, NONE_IS_GOOD, RED, YELLOW, Column, Query, finished, lines, mark, number, page,
    restarts, rows, section, series, with_agents)

YES_IS_GOOD = ((None, RED), (1, GREEN))


def by(labels: str, operator: str, name: str, *matchers: str) -> str:
    return f"{operator} by ({labels}) ({series(name, *matchers)})"


def rate(labels: str, name: str, *matchers: str) -> str:
    return f"sum by ({labels}) (rate({series(name, *matchers)}[$__rate_interval]))"


def increase(labels: str, name: str, *matchers: str) -> str:
    return f"sum by ({labels}) (increase({series(name, *matchers)}[$__rate_interval]))"


def quantile(share: str, labels: str, name: str) -> str:
    return f"histogram_quantile({share}, {rate(f'le, {labels}', name + '_bucket')})"


AGENT = f'on (job, instance) {series("breakwater_build_info")}'


def own(expr: str) -> str:
    """Of agents alone: other programs have such series, too."""
    return f"{expr} and {AGENT}"


RESTARTS = series("breakwater_coordinator_restarts_total")


def now() -> list:
    beat = series("breakwater_coordinator_heartbeat_timestamp_seconds")
    return [
        number("Agents", "Agents of which the last scrape succeeded, of those that were there "
               "within the range.", "short",
               Query("sum(" + series("up") + " and on (job, instance) last_over_time("
                     + series("breakwater_build_info") + "[$__range]))"),
               thresholds=YES_IS_GOOD, width=3),
        number("Coordinator", "1 while the coordinator runs, of every agent: it decides what is "
               "probed and what is made of it.", "bool_on_off",
               Query(f'min({series("breakwater_coordinator_up")})'), thresholds=YES_IS_GOOD,
               width=3),
        number("Last turn", "How long ago the coordinator took a turn when it was scraped; one is "
               "due each second.", "s", Query(f"max(timestamp({beat}) - {beat})"),
               thresholds=((None, GREEN), (5, YELLOW), (30, RED)), width=3),
        number("Restarts", "Restarts of the coordinator within the range, for whatever reason.",
               "short", Query(f"sum(increase({RESTARTS}[$__range]))"),
               thresholds=NONE_IS_GOOD, decimals=0, width=3),
        number("Configuration", "Whether the last reading of the configuration was taken over, by "
               "every agent.", "bool_yes_no",
               Query(f'min({series("breakwater_config_last_reload_successful")})'),
               thresholds=YES_IS_GOOD, width=3),
        number("Postgres", "Whether every agent that writes to Postgres is connected to it.",
               "bool_yes_no", Query(f'min({series("breakwater_postgres_up")})'),
               thresholds=YES_IS_GOOD, width=3),
        number("Dead letters", "Messages that were given up; /api/v1/notifications?state=dead "
               "lists them, and each can be sent again.", "short",
               Query(f'sum({series("breakwater_notification_dead_letters")})'),
               thresholds=NONE_IS_GOOD, width=3),
        number("Runs since", "When the process that runs for the shortest time was started.",
               "dateTimeFromNow", Query(f'max({own(series("process_start_time_seconds"))}) * 1000'),
               width=3),
    ]


def coordinator() -> list:
    return [
        lines("Restarts by reason", "crash: a turn failed. stall: no turn for five seconds. "
              "process: the whole process ended without a clean stop.", "short",
              Query(increase("reason", "breakwater_coordinator_restarts_total"), "{{reason}}"),
              stacked=True, bars=True),
        lines("Generation", "Counts the coordinators that have run on this journal: each step "
              "up is a start.", "short",
              Query(by("instance", "max", "breakwater_coordinator_generation"), "{{instance}}"),
              least=None),
        lines("Duration of a turn", "The 99th percentile of the time that a turn takes, its "
              "effects handed out.", "s",
              Query(quantile("0.99", "instance", "breakwater_coordinator_step_duration_seconds"),
                    "{{instance}}")),
        lines("Left behind", "Coordinators that were replaced and have not ended, items left "
              "alone after crashes, and events that the inbox had no room for.", "short",
              Query(by("instance", "max", "breakwater_coordinators_abandoned"),
                    "abandoned {{instance}}"),
              Query(by("instance, kind", "max", "breakwater_quarantined_items"),
                    "quarantined {{kind}} {{instance}}"),
              Query(increase("instance", "breakwater_coordinator_inbox_dropped_total"),
                    "inbox dropped {{instance}}")),
    ]


def probes() -> list:
    lag = "breakwater_probe_schedule_lag_seconds"
    return [
        lines("Probes", "Probes that ended, a second, by outcome.", "ops",
              Query(rate("outcome", "mcp_probes_total"), "{{outcome}}"), stacked=True),
        lines("In flight", "Probes that have started and not ended.", "short",
              Query(by("instance", "max", "breakwater_probes_in_flight"), "{{instance}}")),
        lines("Schedule lag", "How much later than due probes have started.", "s",
              Query(quantile("0.5", "instance", lag), "p50 {{instance}}"),
              Query(quantile("0.99", "instance", lag), "p99 {{instance}}")),
        lines("Skipped", "Due probes that were not started, by reason.", "short",
              Query(increase("reason", "breakwater_probes_skipped_total"), "{{reason}}"),
              stacked=True, bars=True),
    ]


def rules() -> list:
    took = series("breakwater_rule_group_last_duration_seconds")
    every = series("breakwater_rule_group_interval_seconds")
    return [
        lines("Evaluation time", "How much of its interval the last evaluation of each group of "
              "rules took; at 100 % it misses slots.", "percentunit",
              Query(f"max by (rule_group) ({took} / {every})", "{{rule_group}}")),
        lines("Failed and missed", "Evaluations of rules that failed, and slots that passed "
              "without one.", "short",
              Query(increase("rule_group", "breakwater_rule_evaluation_failures_total"),
                    "failed {{rule_group}}"),
              Query(increase("rule_group", "breakwater_rule_group_iterations_missed_total"),
                    "missed {{rule_group}}"), bars=True),
        lines("Series kept", "Series of the agent's own that rules and queries read.", "short",
              Query(by("instance", "max", "breakwater_head_series"), "{{instance}}")),
        lines("Samples", "Samples of its own that the agent appended, a second.", "cps",
              Query(rate("instance", "breakwater_head_samples_appended_total"),
                    "{{instance}}")),
    ]


def notifications() -> list:
    lane = "receiver, integration"
    return [
        lines("Messages delivered", "By receiver and integration.", "short",
              Query(increase(lane, "breakwater_notifications_total"),
                    "{{receiver}} {{integration}}"), stacked=True, bars=True),
        lines("Tries that failed", "Each is tried again until it has arrived or is given up.",
              "short",
              Query(increase(lane + ", reason", "breakwater_notification_failed_tries_total"),
                    "{{receiver}} {{integration}} {{reason}}"), stacked=True, bars=True),
        lines("Messages that wait", "Decided on and not delivered yet.", "short",
              Query(by(lane, "sum", "breakwater_notification_queue_length"),
                    "{{receiver}} {{integration}}")),
        lines("Time to delivery", "The 95th percentile of the time from the decision to send a "
              "message to its delivery.", "s",
              Query(quantile("0.95", lane, "breakwater_notification_latency_seconds"),
                    "{{receiver}} {{integration}}")),
    ]


def stores() -> list:
    return [
        lines("Postgres lag", "Age of the oldest row that waits for Postgres.", "s",
              Query(by("instance", "max", "breakwater_postgres_lag_seconds"), "{{instance}}")),
        lines("Rows for Postgres", "Rows written, a second.", "rowsps",
              Query(rate("instance", "breakwater_postgres_rows_written_total"),
                    "{{instance}}")),
        lines("Rows that wait for Postgres", "In the journal; beyond 256 MiB the oldest are "
              "dropped.", "short",
              Query(by("instance", "max", "breakwater_postgres_queue_length"), "{{instance}}")),
        lines("Failures at Postgres", "Connections, transactions and looks that failed, by "
              "reason.", "short",
              Query(increase("reason", "breakwater_postgres_failures_total"), "{{reason}}"),
              stacked=True, bars=True),
        lines("Journal commits", "Transactions of the journal, a second.", "ops",
              Query(rate("instance", "breakwater_journal_writes_total"), "{{instance}}")),
        lines("Journal failures", "Transactions that the journal refused, by reason.", "short",
              Query(increase("reason", "breakwater_journal_failures_total"), "{{reason}}"),
              stacked=True, bars=True),
        lines("Journal size", "The journal's file and its write-ahead log.", "bytes",
              Query(by("instance", "max", "breakwater_journal_size_bytes"), "{{instance}}")),
        lines("Journal queue", "Batches that wait for the journal's thread.", "short",
              Query(by("instance", "max", "breakwater_journal_queue_length"), "{{instance}}")),
    ]


def process() -> list:
    cpu = f'rate({series("process_cpu_seconds_total")}[$__rate_interval])'
    memory = series("process_resident_memory_bytes")
    descriptors = f'{series("process_open_fds")} / {series("process_max_fds")}'
    return [
        lines("CPU", "Of one core.", "percentunit",
              Query(f"max by (instance) ({own(cpu)})", "{{instance}}")),
        lines("Memory", "Resident memory.", "bytes",
              Query(f"max by (instance) ({own(memory)})", "{{instance}}")),
        lines("File descriptors", "Open ones of those that may be open.", "percentunit",
              Query(f"max by (instance) ({own(descriptors)})", "{{instance}}")),
        lines("Web connections", "Open connections of the web server.", "short",
              Query(by("instance", "max", "breakwater_web_connections"), "{{instance}}")),
        rows("Versions", "What runs where.",
             [Query(by("instance, version, revision", "max", "breakwater_build_info"))],
             [Column("instance", "Agent"), Column("version", "Version"),
              Column("revision", "Revision"), Column("Value", "There", "bool_yes_no")],
             height=5),
    ]


def marks() -> list:
    reloaded = series("breakwater_config_last_reload_success_timestamp_seconds")
    return [
        restarts(),
        mark("Configuration taken over", "blue", f"max by (instance) ({reloaded}) * 1000",
             "Configuration taken over", "{{instance}}", useValueForTime=True),
    ]


def agent() -> model.Dashboard:
    made = with_agents(page(
        "Breakwater / Agent", "breakwater-agent",
        "Breakwater itself: coordinator, probes, rules, notifications, stores, process.", "6h"))
    made.annotations(marks())
    section(made, "Now", *now())
    section(made, "Coordinator", *coordinator())
    section(made, "Probes", *probes())
    section(made, "Rules", *rules())
    section(made, "Notifications", *notifications())
    section(made, "Postgres and journal", *stores())
    section(made, "Process", *process())
    return finished(made)
