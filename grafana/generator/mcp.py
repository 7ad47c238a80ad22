"""MCP: one server from all sides."""

from grafana_foundation_sdk.models import dashboard as model

from panels import (
    BUDGET, CIRCUIT, HEALTH, NONE_IS_GOOD, Column, Query, finished, lines, mark, number, page,
    restarts, rows, section, series, states, timeline, variable_of_label, variable_of_objective,
    warmth, with_agents, words)

MCP = 'mcp="$mcp"'
OUTCOME = 'outcome!="ok"'


def of(name: str, *matchers: str) -> str:
    """A selector of the chosen MCP."""
    return series(name, MCP, *matchers)


def rate(name: str, *matchers: str) -> str:
    return f"rate({of(name, *matchers)}[$__rate_interval])"


def increase(name: str, *matchers: str) -> str:
    return f"increase({of(name, *matchers)}[$__rate_interval])"


def within(name: str) -> str:
    """What a counter grew by within the range, for the agent that saw it grow most."""
    return f"max(sum by (job, instance) (increase({of(name)}[$__range])))"


DOWNTIME = within("mcp_downtime_seconds_total")


def now() -> list:
    health = states("mcp_health_status", "status", list(HEALTH), MCP)
    disabled = of("mcp_health_status", 'status="disabled"')
    circuit = (states("mcp_circuit_state", "state", list(CIRCUIT), MCP)
               + f" unless ignoring (status) {disabled} == 1")
    return [
        number("Health", "What the last probe and the circuit say of it.", "none",
               Query(f"max({health})"), mappings=words(HEALTH), width=3),
        number("Circuit", "Closed: probed as usual. Open: left alone until a trial. Empty: "
               "disabled.", "none",
               Query(f"max({circuit})"), mappings=words(CIRCUIT), width=3),
        number("Last success", "When a probe last found it working.", "dateTimeFromNow",
               Query(f'max({of("mcp_last_success_timestamp_seconds")}) * 1000'), width=3),
        number("Downtime today", "Downtime since midnight, up to now if it is down now. Wants a "
               "range that is relative to now.", "s",
               Query(DOWNTIME), today=True, thresholds=NONE_IS_GOOD, width=3),
        number("Downtime", "Downtime within the chosen range.", "s", Query(DOWNTIME),
               thresholds=NONE_IS_GOOD, width=3),
        number("Availability", "Share of the chosen range in which it was not down. Time before "
               "the first scrape counts as available.", "percentunit",
               Query(f"1 - {DOWNTIME} / $__range_s"), decimals=3, width=3),
        number("Error budget left", "What the SLO chosen above leaves of the downtime that it "
               "allows in the chosen range; below 0 it is missed.", "percentunit",
               Query(f"1 - {DOWNTIME} / $__range_s / (1 - $slo / 100)"), thresholds=BUDGET,
               decimals=1, width=3),
        number("Opens", "How often its circuit opened within the chosen range; a trial that "
               "fails opens it again, and counts.", "short",
               Query(within("mcp_circuit_opens_total")),
               thresholds=NONE_IS_GOOD, decimals=0, width=3),
        timeline("Health over time", "One row an agent that watches it.",
                 Query(states("mcp_health_status", "status", list(HEALTH), MCP),
                       "{{instance}}"), HEALTH, height=5),
    ]


def probes() -> list:
    buckets = f'sum by (le) ({rate("mcp_probe_duration_seconds_bucket")})'
    return [
        warmth("Probe durations", "How many probes took how long: the buckets of the histogram.",
               Query(f'sum by (le) ({increase("mcp_probe_duration_seconds_bucket")})')),
        lines("Percentiles of probe durations", "Within the buckets interpolated, as "
              "histogram_quantile does.", "s",
              *[Query(f"histogram_quantile({share}, {buckets})", f"p{name}")
                for share, name in (("0.5", 50), ("0.95", 95), ("0.99", 99))]),
        lines("Stages of the last probe", "Where the time of each probe went: resolve, connect, "
              "tls, send, wait, transfer, summed over its requests.", "s",
              Query(f'max by (stage) ({of("mcp_probe_stage_duration_seconds")})', "{{stage}}"),
              stacked=True),
        lines("Failures by outcome", "Probes that did not end with ok. A kind of failure that "
              "this agent never met before shows from its second on.", "short",
              Query(f'sum by (outcome) ({increase("mcp_probes_total", OUTCOME)})', "{{outcome}}"),
              stacked=True, bars=True),
        lines("Probes", "Probes a second, all outcomes.", "ops",
              Query(f'sum by (instance) ({rate("mcp_probes_total")})', "{{instance}}")),
        lines("Demands credentials", "1 while it answers that it wants credentials.",
              "bool", Query(f'max by (instance) ({of("mcp_auth_required")})', "{{instance}}")),
    ]


def breaker() -> list:
    retry = of("mcp_circuit_retry_timestamp_seconds")
    return [
        lines("Failures in a row", "Down verdicts since the last success; at the threshold of "
              "the configuration the circuit opens.", "short",
              Query(f'max by (instance) ({of("mcp_consecutive_failures")})',
                    "failures {{instance}}"),
              Query(f'max by (instance) ({of("mcp_failure_cycles")})', "cycles {{instance}}")),
        lines("Wait for the next trial", "While the circuit is open: the time until it is tried "
              "again. Failed trials make it longer.", "s",
              Query(f"max by (instance) ({retry} - timestamp({retry}))", "{{instance}}")),
        lines("Moves of the circuit", "Between closed, open and half-open.", "short",
              Query(f'sum by (from, to) ({increase("mcp_circuit_transitions_total")})',
                    "{{from}} to {{to}}"), stacked=True, bars=True),
        lines("Trials", "Probes that a half-open circuit let through.", "short",
              Query(f'sum by (instance) ({increase("mcp_recovery_attempts_total")})',
                    "{{instance}}"), bars=True),
    ]


def offers() -> list:
    changed = of("mcp_catalogue_last_change_timestamp_seconds")
    expiry = of("mcp_tls_certificate_expiry_timestamp_seconds")
    return [
        lines("Catalogue", "What the last complete listing had.", "short",
              Query(f'max by (instance) ({of("mcp_tools")})', "tools {{instance}}"),
              Query(f'max by (instance) ({of("mcp_prompts")})', "prompts {{instance}}"),
              Query(f'max by (instance) ({of("mcp_resources")})', "resources {{instance}}")),
        rows("Drift of the catalogue", "When a listing last differed from the one before it, by "
             "kind; /api/v1/mcps/NAME/events has the texts before and after.",
             [Query(f"max by (kind) ({changed}) * 1000")],
             [Column("kind", "Change"), Column("Value", "Last", "dateTimeAsIso")],
             sort="Last", width=12, height=8),
        lines("Checks", "Opt-in calls of tools: 1 while the last one went as expected.", "bool",
              Query(f'min by (check) ({of("mcp_check_success")})', "{{check}}")),
        lines("Durations of checks", "Time that the last call of each check took.", "s",
              Query(f'max by (check) ({of("mcp_check_duration_seconds")})', "{{check}}")),
        rows("Server", "What the server says of itself, and how it is spoken to.",
             [Query("max by (instance, server_name, server_version, protocol_version, transport)"
                    f' ({of("mcp_server_info")})')],
             [Column("instance", "Agent"), Column("server_name", "Server"),
              Column("server_version", "Version"),
              Column("protocol_version", "Revision of MCP"),
              Column("transport", "Transport"), Column("Value", "There", "bool_yes_no")],
             width=18, height=5),
        number("Certificate expires", "When the certificate expires that the server showed last; "
               "empty for plain HTTP.", "dateTimeFromNow", Query(f"min({expiry}) * 1000"),
               width=6),
    ]


def marks() -> list:
    opened = of("mcp_health_status", 'status="circuit_open"')
    changed = of("mcp_catalogue_last_change_timestamp_seconds")
    return [
        mark("Circuit open", "red",
             f"max by (mcp) (max_over_time({opened}[$__rate_interval])) == 1", "Circuit open",
             "Left alone but for trials"),
        mark("Catalogue changed", "blue", f"max by (kind) ({changed}) * 1000",
             "Catalogue changed ({{kind}})", "{{kind}}", useValueForTime=True),
        restarts(),
    ]


def mcp() -> model.Dashboard:
    made = with_agents(page(
        "Breakwater / MCP", "breakwater-mcp",
        "One MCP server: health, circuit, probes and what it offers.", "6h"))
    choice = variable_of_label("mcp", "MCP", series("mcp_health_status"))
    made.with_variable(choice).with_variable(variable_of_objective()).annotations(marks())
    section(made, "Now and in the chosen range", *now())
    section(made, "Probes", *probes())
    section(made, "Breaker", *breaker())
    section(made, "What it offers", *offers())
    return finished(made)
