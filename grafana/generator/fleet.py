"""Fleet: all MCPs at a glance. Of several agents that watch one MCP, the worst opinion counts."""

import re
from pathlib import Path

from grafana_foundation_sdk.models import dashboard as model

from panels import (
    BUDGET, CIRCUIT, GREEN, HEALTH, NONE_IS_GOOD, RED, YELLOW, Column, Query, bars, finished,
    lines, mark, number, page, restarts, rows, section, series, states, timeline,
    variable_of_objective, with_agents, words)

DOWN = 'status=~"disconnected|circuit_open"'
DISABLED = series("mcp_health_status", 'status="disabled"')


def within(name: str) -> str:
    """What a counter of each MCP grew by within the range, for the agent that saw it grow most. An
    agent counts as one when the labels of an MCP change meanwhile."""
    return ("max by (mcp) (sum by (job, instance, mcp) ("
            f"increase({series(name)}[$__range])))")


DOWNTIME = within("mcp_downtime_seconds_total")
OPENS = within("mcp_circuit_opens_total")
# Who was disabled all the time was not available, nor was it down.
WATCHED = f"({DOWNTIME} unless min by (mcp) (min_over_time({DISABLED}[$__range])) == 1)"
HEALTH_NOW = f'max by (mcp) ({states("mcp_health_status", "status", list(HEALTH))})'
CIRCUIT_NOW = (f'max by (mcp) ({states("mcp_circuit_state", "state", list(CIRCUIT))}'
               f" unless on (job, instance, mcp) {DISABLED} == 1)")


def count_of(condition: str) -> str:
    """MCPs of which one agent at least says so; nothing when no agent is scraped."""
    return f'sum(max by (mcp) (sum without (status) ({series("mcp_health_status", condition)})))'


def now() -> list:
    return [
        number("Up", "MCPs whose last probe found them working, for every agent that probes them.",
               "short", Query(f'sum(min by (mcp) ({series("mcp_up")}))'), width=3),
        number("Down", "MCPs that fail their probes, with their circuit open or not.",
               "short", Query(count_of(DOWN)), thresholds=NONE_IS_GOOD, width=3),
        number("Open", "MCPs whose circuit is open or half-open: left alone but for trials.",
               "short", Query(count_of('status="circuit_open"')), thresholds=NONE_IS_GOOD,
               width=3),
        number("Unknown", "MCPs that answer, but not for us (401, 403, 429...), or that were "
               "never probed.", "short", Query(count_of('status="unknown"')),
               thresholds=((None, GREEN), (1, YELLOW)), width=3),
        number("Downtime today", "Downtime of all MCPs together since midnight, and of what is "
               "down now up to now. Wants a range that is relative to now.", "s",
               Query(f"sum({DOWNTIME})"), today=True, thresholds=NONE_IS_GOOD, width=3),
        number("Downtime", "Downtime of all MCPs together within the chosen range.",
               "s", Query(f"sum({DOWNTIME})"), thresholds=NONE_IS_GOOD, width=3),
        number("Availability", "Share of the chosen range in which an MCP was not down, the mean "
               "of those that were watched. Time before the first scrape counts as available.",
               "percentunit",
               Query(f"1 - avg({WATCHED}) / $__range_s"), decimals=3, width=3),
        number("Error budget left", "What the SLO chosen above leaves of the downtime that it "
               "allows in the chosen range, the mean of those watched; below 0 it is missed.",
               "percentunit",
               Query(f"1 - avg({WATCHED}) / $__range_s / (1 - $slo / 100)"),
               thresholds=BUDGET, decimals=1, width=3),
    ]


def worst() -> list:
    budget = f"1 - {DOWNTIME} / $__range_s / (1 - $slo / 100)"
    return [
        bars("Most downtime", "The ten MCPs that were down for longest within the chosen range.",
             "s", Query(f"topk(10, {DOWNTIME} > 0)", "{{mcp}}"),
             thresholds=((None, YELLOW), (300, RED))),
        bars("Most opens", "The ten MCPs whose circuit opened most often within the range. A trial "
             "that fails opens it again, and counts.", "short",
             Query(f"topk(10, {OPENS} > 0)", "{{mcp}}"),
             thresholds=((None, YELLOW), (10, RED))),
        bars("Slowest now", "The ten MCPs with the highest 95th percentile of probe durations of "
             "five minutes. Wants the recording rules of rules/dashboards.yml.", "s",
             Query("topk(10, max by (mcp) ("
                   + series("mcp:mcp_probe_duration_seconds:p95_rate5m") + ") > 0)", "{{mcp}}"),
             thresholds=((None, GREEN), (1, YELLOW), (2.5, RED))),
        rows("MCPs", "Every MCP: how it is, and what the chosen range was like. The budget is "
             "what the SLO leaves of the downtime that it allows.",
             [Query(HEALTH_NOW), Query(DOWNTIME), Query(f"1 - {DOWNTIME} / $__range_s"),
              Query(budget), Query(OPENS)],
             [Column("mcp", "MCP", to_mcp=True),
              Column("A", "Health", mappings=words(HEALTH)),
              Column("B", "Downtime", "s"),
              Column("C", "Availability", "percentunit", properties=[
                  model.DynamicConfigValue("decimals", 3)]),
              Column("D", "Error budget left", "percentunit", thresholds=BUDGET, properties=[
                  model.DynamicConfigValue("decimals", 1)]),
              Column("E", "Opens", "short", properties=[
                  model.DynamicConfigValue("decimals", 0)])],
             sort="Downtime"),
    ]


def alert_names() -> list[str]:
    """Of the rules of this repository."""
    rules = Path(__file__).parent.parent.parent / "rules"
    texts = [path.read_text(encoding="utf-8") for path in sorted(rules.glob("*.yml"))]
    return sorted(re.findall(r"- alert: (\w+)", "\n".join(texts)))


def over_time() -> list:
    down = f'rate({series("mcp_downtime_seconds_total")}[$__rate_interval])'
    alerts = series("ALERTS", 'alertstate="firing"', f'alertname=~"{"|".join(alert_names())}"')
    return [
        timeline("Circuits", "The state of each MCP's circuit; the worst, where agents differ.",
                 Query(CIRCUIT_NOW, "{{mcp}}"), CIRCUIT),
        lines("MCPs by health", "How many MCPs are in which state of health; the worst, where "
              "agents differ.", "short",
              *[Query(f"sum({HEALTH_NOW} == bool {place})", status.replace("_", " "))
                for place, status in enumerate(HEALTH)], stacked=True),
        lines("Share of MCPs that are down", "The mean of all MCPs: 10 % is one in ten down all "
              "the time, or all of them a tenth of the time.", "percentunit",
              Query(f"avg(max by (mcp) ({down}))", "down")),
        lines("Failed probes", "The ten MCPs of which the largest share of probes fails. Wants "
              "the recording rules of rules/dashboards.yml.", "percentunit",
              Query("topk(10, max by (mcp) ("
                    + series("mcp:mcp_probes:failed_ratio_rate5m") + ") > 0)", "{{mcp}}")),
        rows("Alerts that fired", "Alerts of rules/ about these agents and their MCPs that fired "
             "within the chosen range, by Prometheus's own evaluation. The agent's own are at "
             "/api/v1/alerts.",
             [Query("max by (alertname, severity, mcp) (max_over_time("
                    + alerts + "[$__range]))")],
             [Column("alertname", "Alert"), Column("severity", "Severity"),
              Column("mcp", "MCP", to_mcp=True),
              Column("Value", "Fired", "bool_yes_no")], width=12, height=8),
    ]


def marks() -> list:
    opened = series("mcp_health_status", 'status="circuit_open"')
    return [
        mark("Circuit open", "red",
             f"max by (mcp) (max_over_time({opened}[$__rate_interval])) == 1",
             "{{mcp}}: circuit open", "Left alone but for trials"),
        restarts(),
    ]


def fleet() -> model.Dashboard:
    made = with_agents(page(
        "Breakwater / Fleet", "breakwater-fleet",
        "All MCP servers that Breakwater watches: up, down, and for how long.", "24h"))
    made.with_variable(variable_of_objective()).annotations(marks())
    section(made, "Now and in the chosen range", *now())
    section(made, "Worst MCPs", *worst())
    section(made, "Over time", *over_time())
    return finished(made)
