"""Downtime from Postgres: the same outages without a Prometheus, by SQL.

An outage is told by the rows of `mcp_health_log`: it begins with an event `disconnected` and ends
with the first row after it whose status is not one of being down.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from panels import (
    HEALTH, NONE_IS_GOOD, POSTGRES, Annotation, Built, Column, SQLQuery, finished, lines, number,
    page, rows, section, timeline, variable_of_source)

SERVERS = "${schema}.mcp_servers"
LOG = "${schema}.mcp_health_log"
DOWN = "('disconnected', 'circuit_open')"
CHOSEN = "name IN (${mcp:sqlstring})"
# Whose health Breakwater keeps.
WATCHED = "status = 'active' AND health_status <> 'disabled'"
# Rows of OMNI2's own health checks have none.
OURS = "l.event_id IS NOT NULL"

# What is down at the beginning of the range counts from there; what is down now, up to now. A
# second `disconnected` before the outage has ended (the agent had lost its memory) belongs to it.
INCIDENTS = f"""\
WITH span AS (
  SELECT $__timeFrom()::timestamptz AS since, least($__timeTo()::timestamptz, now()) AS until
), chosen AS (
  SELECT id, name, health_status IN {DOWN} AS is_down, last_health_check, {WATCHED} AS is_watched
  FROM {SERVERS} WHERE {CHOSEN}
), begun AS (
  SELECT s.*, span.since AS began, state.error_message AS reason
  FROM chosen s CROSS JOIN span CROSS JOIN LATERAL (
    SELECT l.status, l.error_message FROM {LOG} l
    WHERE l.mcp_server_id = s.id AND l."timestamp" <= span.since AND {OURS}
    ORDER BY l."timestamp" DESC, l.id DESC LIMIT 1
  ) state
  WHERE state.status IN {DOWN}
  UNION ALL
  SELECT s.*, l."timestamp", l.error_message
  FROM chosen s CROSS JOIN span JOIN {LOG} l ON l.mcp_server_id = s.id
  WHERE l.event_type = 'disconnected' AND {OURS}
    AND l."timestamp" > span.since AND l."timestamp" <= span.until
), ended AS (
  SELECT b.*, recovery.recovered
  FROM begun b LEFT JOIN LATERAL (
    SELECT l."timestamp" AS recovered FROM {LOG} l
    WHERE l.mcp_server_id = b.id AND l."timestamp" > b.began AND {OURS}
      AND l.status NOT IN {DOWN}
    ORDER BY l."timestamp", l.id LIMIT 1
  ) recovery ON true
), incidents AS (
  SELECT name, min(began) AS began, recovered, (array_agg(reason ORDER BY began))[1] AS reason,
    is_watched, min(began) > span.since AND recovered <= span.until AS is_whole,
    extract(epoch FROM least(span.until, coalesce(recovered, CASE WHEN is_down THEN span.until
      ELSE greatest(min(began), last_health_check) END)) - min(began)) AS length
  FROM ended CROSS JOIN span
  GROUP BY name, is_down, last_health_check, is_watched, recovered, span.since, span.until
)
"""
RANGE = "(SELECT extract(epoch FROM until - since) FROM span)"

TIMELINE = f"""\
WITH states AS (
  SELECT l."timestamp", l.id, s.name, CASE l.status {" ".join(
      f"WHEN '{status}' THEN {place}" for place, status in enumerate(HEALTH))} END AS state
  FROM {LOG} l JOIN {SERVERS} s ON s.id = l.mcp_server_id
  WHERE s.{CHOSEN} AND $__timeFilter(l."timestamp") AND {OURS}
), moves AS (
  SELECT *, lag(state) OVER (PARTITION BY name ORDER BY "timestamp", id) AS before FROM states
)
SELECT "timestamp" AS "time", name AS metric, state AS value FROM moves
WHERE state IS DISTINCT FROM before ORDER BY "timestamp", id"""


def count(condition: str) -> SQLQuery:
    return SQLQuery(
        f"SELECT count(*) AS value FROM {SERVERS} WHERE {CHOSEN} AND {WATCHED} AND {condition}")


def incidents(columns: str) -> SQLQuery:
    return SQLQuery(f"{INCIDENTS}SELECT {columns} FROM incidents")


def by_time(columns: str, condition: str, group: str) -> SQLQuery:
    """Figures of the log over time."""
    return SQLQuery(
        f"""\
SELECT $__timeGroupAlias(l."timestamp", $__interval), {columns}
FROM {LOG} l JOIN {SERVERS} s ON s.id = l.mcp_server_id
WHERE s.{CHOSEN} AND $__timeFilter(l."timestamp") AND {OURS} AND {condition}
GROUP BY 1, {group} ORDER BY 1""", format_val="time_series")


def now() -> list:
    down = "coalesce(sum(length), 0) AS value"
    return [
        number("Up", "MCPs that their last probe found working.", "short",
               count("health_status = 'healthy'"), width=3),
        number("Down", "MCPs that fail their probes.", "short",
               count(f"health_status IN {DOWN}"), thresholds=NONE_IS_GOOD, width=3),
        number("Open", "MCPs whose circuit is open or half-open.", "short",
               count("health_status = 'circuit_open'"), thresholds=NONE_IS_GOOD, width=3),
        number("Downtime today", "Downtime of all chosen MCPs together since midnight. Wants a "
               "range that is relative to now.", "s",
               incidents(down), thresholds=NONE_IS_GOOD, today=True, width=3),
        number("Downtime", "Downtime of all chosen MCPs together within the range.", "s",
               incidents(down), thresholds=NONE_IS_GOOD, width=3),
        number("Availability", "Share of the range in which an MCP was not down, the mean of "
               "those chosen that are watched.", "percentunit",
               SQLQuery(f"""\
{INCIDENTS}SELECT 1 - coalesce(sum(length) FILTER (WHERE is_watched), 0) / {RANGE}
  / (SELECT greatest(count(*), 1) FROM chosen WHERE is_watched) AS value FROM incidents"""),
               decimals=3, width=3),
        number("Outages", "Outages that were running within the range.", "short",
               incidents("count(*) AS value"), thresholds=NONE_IS_GOOD, width=3),
        number("Time to recover", "The mean length of those outages that began and ended within "
               "the range.", "s",
               incidents("coalesce(avg(length) FILTER (WHERE is_whole), 0) AS value"),
               width=3),
    ]


def outages() -> list:
    return [
        rows("Each outage", "Outages within the range, and how long of it each took. One that was "
             "running at the beginning begins there; one that still runs has no end.",
             [SQLQuery(f"""\
{INCIDENTS}SELECT name AS "MCP", began AS "Began", recovered AS "Ended", length AS "Length",
  reason AS "Reason" FROM incidents ORDER BY began DESC LIMIT 1000""")],
             [Column("MCP", "MCP"), Column("Length", "Length", "s"),
              Column("Began", "Began", "dateTimeAsIso"),
              Column("Ended", "Ended", "dateTimeAsIso")]),
        rows("Downtime by MCP", "Every chosen MCP: how it is, and what the range was like. In "
             "total: since Breakwater has watched it.",
             [SQLQuery(f"""\
{INCIDENTS}SELECT s.name AS "MCP", s.health_status AS "Health", s.circuit_state AS "Circuit",
  coalesce(sum(length), 0) AS "Downtime",
  1 - coalesce(sum(length), 0) / {RANGE} AS "Availability", count(i.name) AS "Outages",
  max(length) AS "Longest", s.total_downtime_seconds AS "In total",
  s.last_health_check AS "Last probe"
FROM {SERVERS} s LEFT JOIN incidents i ON i.name = s.name WHERE s.{CHOSEN}
GROUP BY s.id ORDER BY 4 DESC, 1""")],
             [Column("MCP", "MCP"), Column("Downtime", "Downtime", "s"),
              Column("Longest", "Longest", "s"), Column("In total", "In total", "s"),
              Column("Availability", "Availability", "percentunit", properties=[
                  model.DynamicConfigValue("decimals", 3)]),
              Column("Last probe", "Last probe", "dateTimeFromNow")]),
        timeline("Health", "The state of each MCP by its rows of the log; before the first row "
                 "within the range nothing is drawn.",
                 SQLQuery(TIMELINE, format_val="time_series"), HEALTH),
    ]


def probes() -> list:
    answered = "l.response_time_ms IS NOT NULL"
    return [
        lines("Response times", "The mean of the probes of each MCP that took a measurable time. "
              "With `log: changes` there are few rows.", "ms",
              by_time("s.name AS metric, avg(l.response_time_ms) AS value", answered, "2")),
        lines("Failed probes by reason", "Rows of failed probes; with `log: changes` not every "
              "one has a row.", "short",
              by_time("coalesce(l.meta_data->>'outcome', 'unknown') AS metric, "
                      "count(*) AS value", "l.event_type = 'health_check_failed'", "2"),
              stacked=True, bars=True),
        lines("Opens", "How often circuits opened; a trial that fails opens one again.", "short",
              by_time("s.name AS metric, count(*) AS value",
                      "l.event_type = 'circuit_opened'", "2"), stacked=True, bars=True),
        rows("Not probed", "MCPs that are disabled, and those that were disabled since their "
             "circuit opened too often.",
             [SQLQuery(f"""\
SELECT name AS "MCP", status AS "Status", auto_disabled_at AS "Disabled at",
  auto_disabled_reason AS "Reason", failure_cycle_count AS "Cycles"
FROM {SERVERS} WHERE {CHOSEN} AND (status <> 'active' OR auto_disabled_at IS NOT NULL
  OR health_status = 'disabled') ORDER BY name""")],
             [Column("MCP", "MCP"), Column("Disabled at", "Disabled at", "dateTimeAsIso")],
             width=12, height=8),
    ]


def sql_mark(name: str, colour: str, sql: str) -> Built:
    """Marks at the rows of a query: time, text, tags."""
    made = Annotation(name=name, datasource=POSTGRES, icon_color=colour)
    made.more = {"rawQuery": sql, "target": SQLQuery(sql, ref_id="Anno").to_json()}
    return Built(made)


def marks() -> list:
    return [
        sql_mark("Circuit opened", "red", f"""\
SELECT l."timestamp" AS "time", s.name || ': circuit opened' AS text, s.name AS tags
FROM {LOG} l JOIN {SERVERS} s ON s.id = l.mcp_server_id
WHERE s.{CHOSEN} AND l.event_type = 'circuit_opened' AND $__timeFilter(l."timestamp") AND {OURS}
ORDER BY 1 LIMIT 1000"""),
        sql_mark("Coordinator restarted", "purple", """\
SELECT "timestamp" AS "time", 'Coordinator restarted: ' || coalesce(detail, '') AS text,
  'breakwater' AS tags
FROM ${schema}.breakwater_events
WHERE event_type = 'coordinator_restarted' AND $__timeFilter("timestamp")
ORDER BY 1 LIMIT 1000"""),
    ]


def downtime() -> model.Dashboard:
    made = page(
        "Breakwater / Downtime from Postgres", "breakwater-downtime-postgres",
        "Outages of MCP servers from mcp_servers and mcp_health_log.", "24h")
    made.with_variable(variable_of_source("postgres"))
    made.with_variable(dashboard.ConstantVariable("schema").label("Schema").value("omni2"))
    choice = dashboard.QueryVariable("mcp").label("MCP").datasource(POSTGRES)
    choice.query(f"SELECT name FROM {SERVERS} ORDER BY name")
    choice.refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED).multi(True).include_all(True)
    choice.current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    made.with_variable(choice).annotations(marks())
    section(made, "Now and in the chosen range", *now())
    section(made, "Outages", *outages())
    section(made, "Probes", *probes())
    return finished(made)
