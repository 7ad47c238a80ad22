"""What the dashboards have in common: selectors, variables, panels in the house's form.

A panel cannot be made without a title, a description and a unit, and its queries name the
variables `job` and `instance` by themselves.
"""

from dataclasses import dataclass, field
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge, common, dashboard, heatmap, prometheus, stat, statetimeline, table, timeseries)
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models import prometheus as queries

PROMETHEUS = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
POSTGRES = model.DataSourceRef(type_val="postgres", uid="${datasource}")

GREEN, YELLOW, ORANGE, RED = "green", "yellow", "orange", "red"
BLUE, GREY = "blue", "#8e8e8e"

# Health in the order in which it grows worse. `disabled` is a decision and no illness: what another
# agent sees of that MCP goes over it.
HEALTH = {
    "disabled": GREY, "healthy": GREEN, "unknown": YELLOW, "disconnected": ORANGE,
    "circuit_open": RED,
}
CIRCUIT = {"closed": GREEN, "half_open": YELLOW, "open": RED}


def series(name: str, *matchers: str) -> str:
    """A selector of `name` on the chosen agents."""
    return name + "{" + ", ".join(['job=~"$job"', 'instance=~"$instance"', *matchers]) + "}"


def states(name: str, label: str, values: list[str], *matchers: str) -> str:
    """A state set as one number a series: the place of its state in `values`."""
    terms = [
        series(name, f'{label}="{value}"', *matchers) + f" * {place}"
        for place, value in enumerate(values)
    ]
    return f"sum without ({label}) (" + " or ".join(terms) + ")"


def words(values: dict[str, str]) -> list[model.ValueMapping]:
    """Those numbers as words again, each in its colour."""
    return [model.ValueMap({
        str(place): model.ValueMappingResult(
            text=value.replace("_", " "), color=colour, index=place)
        for place, (value, colour) in enumerate(values.items())
    })]


@dataclass
class SQLQuery(variants.Dataquery):
    """A query of Grafana's data source for PostgreSQL, which the SDK has no type of."""

    sql: str
    ref_id: str = "A"
    format_val: str = "table"

    def to_json(self) -> dict[str, object]:
        return {
            "datasource": POSTGRES, "editorMode": "code", "format": self.format_val,
            "rawQuery": True, "rawSql": self.sql, "refId": self.ref_id,
        }


@dataclass
class Built:
    """What is built already, where the SDK wants a builder."""

    value: Any

    def build(self) -> Any:
        return self.value


@dataclass
class Query:
    """PromQL with what its series are called."""

    expr: str
    legend: str = ""
    format_val: queries.PromQueryFormat = queries.PromQueryFormat.TIME_SERIES

    def target(self, place: int, instant: bool) -> prometheus.Dataquery:
        query = prometheus.Dataquery().expr(self.expr).ref_id(chr(ord("A") + place))
        query.datasource(PROMETHEUS).editor_mode(queries.QueryEditorMode.CODE)
        query.format(self.format_val)
        if self.legend:
            query.legend_format(self.legend)
        return query.instant() if instant else query.range()


def targets(wanted: list[Any], instant: bool) -> list[Any]:
    return [
        Built(query) if isinstance(query, SQLQuery) else query.target(place, instant)
        for place, query in enumerate(wanted)
    ]


def dressed(panel: Any, title: str, about: str, unit: str, wanted: list[Any],
            instant: bool, size: tuple[int, int]) -> Any:
    """What every panel has; `size` in columns of 24 and rows."""
    is_sql = isinstance(wanted[0], SQLQuery)
    panel.title(title).description(about).unit(unit)
    panel.datasource(POSTGRES if is_sql else PROMETHEUS)
    panel.targets(targets(wanted, instant)).span(size[0]).height(size[1])
    return panel


def steps(*pairs: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Thresholds: from each value on its colour, `None` being minus infinity."""
    config = dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE)
    return config.steps([model.Threshold(value=value, color=colour) for value, colour in pairs])


ONLY_GREEN = ((None, GREEN),)
NONE_IS_GOOD = ((None, GREEN), (1, RED))
BUDGET = ((None, RED), (0, YELLOW), (0.25, GREEN))


def number(title: str, about: str, unit: str, query: Any, *, thresholds: Any = ONLY_GREEN,
           mappings: list[Any] | None = None, text: str = "auto", today: bool = False,
           decimals: int | None = None, width: int = 4) -> stat.Panel:
    """One figure, as of the end of the range."""
    panel = dressed(stat.Panel(), title, about, unit, [query], True, (width, 4))
    panel.thresholds(steps(*thresholds)).graph_mode(shapes.BigValueGraphMode.NONE)
    panel.color_mode(shapes.BigValueColorMode.VALUE)
    panel.text_mode(shapes.BigValueTextMode(text))
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    if mappings is not None:
        panel.mappings(mappings)
    if today:
        panel.time_from("now/d")
    if decimals is not None:
        panel.decimals(decimals)
    return panel


def lines(title: str, about: str, unit: str, *wanted: Any, stacked: bool = False,
          bars: bool = False, least: float | None = 0, width: int = 12) -> timeseries.Panel:
    """Figures over time. Bars are counts a step, which begins at a minute: a shorter one is
    much shorter than the window that `increase` looks at, and a count would show several times."""
    panel = dressed(timeseries.Panel(), title, about, unit, list(wanted), False, (width, 8))
    panel.legend(common.VizLegendOptions().show_legend(True).calcs([]).display_mode(
        shapes.LegendDisplayMode.LIST).placement(shapes.LegendPlacement.BOTTOM))
    panel.tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(
        shapes.SortOrder.DESCENDING))
    panel.show_points(shapes.VisibilityMode.NEVER)
    if least is not None:
        panel.min(least)
    if bars:
        panel.draw_style(shapes.GraphDrawStyle.BARS).fill_opacity(60).interval("1m")
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
        panel.fill_opacity(60 if bars else 30)
    return panel


def timeline(title: str, about: str, query: Any, values: dict[str, str], *,
             width: int = 24, height: int = 9) -> statetimeline.Panel:
    """States over time, a row a series."""
    panel = dressed(
        statetimeline.Panel(), title, about, "none", [query], False, (width, height))
    panel.mappings(words(values)).merge_values(True).row_height(0.8)
    panel.show_value(shapes.VisibilityMode.NEVER)
    panel.legend(common.VizLegendOptions().show_legend(True).calcs([]).display_mode(
        shapes.LegendDisplayMode.LIST).placement(shapes.LegendPlacement.BOTTOM))
    # Not by thresholds: those would go over the colours of the mappings.
    panel.color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))
    # Series of one frame have gaps where only another one has a row.
    return panel.override_by_regexp(".*", [model.DynamicConfigValue("custom.spanNulls", True)])


def bars(title: str, about: str, unit: str, query: Any, *, thresholds: Any = ONLY_GREEN,
         width: int = 8) -> bargauge.Panel:
    """A bar a series, as of the end of the range."""
    panel = dressed(bargauge.Panel(), title, about, unit, [query], True, (width, 9))
    panel.thresholds(steps(*thresholds)).orientation(shapes.VizOrientation.HORIZONTAL).min(0)
    panel.display_mode(shapes.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel


def warmth(title: str, about: str, query: Query, *, width: int = 12) -> heatmap.Panel:
    """The buckets of a histogram of seconds over time."""
    query.format_val = queries.PromQueryFormat.HEATMAP
    query.legend = "{{le}}"
    panel = dressed(heatmap.Panel(), title, about, "short", [query], False, (width, 8))
    panel.calculate(False).y_axis(heatmap.YAxisConfig().unit("s")).interval("1m")
    panel.cell_values(heatmap.CellValues().unit("short"))
    panel.color(heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme(
        "Spectral").steps(64).reverse(False).exponent(0.5).fill("dark-orange"))
    return panel.show_tooltip().hide_y_histogram()


@dataclass
class Column:
    """A column of a table. `field` is the label, the column of SQL, or the letter of the query."""

    field: str
    title: str
    unit: str = ""
    mappings: list[Any] | None = None
    thresholds: Any = None
    to_mcp: bool = False
    properties: list[model.DynamicConfigValue] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"Value #{self.field}" if len(self.field) == 1 else self.field

    def settings(self) -> list[model.DynamicConfigValue]:
        wanted = list(self.properties)
        if self.unit:
            wanted.append(model.DynamicConfigValue("unit", self.unit))
        if self.mappings is not None:
            wanted.append(model.DynamicConfigValue("mappings", self.mappings))
            wanted.append(model.DynamicConfigValue(
                "custom.cellOptions", {"type": "color-text"}))
        if self.thresholds is not None:
            wanted.append(model.DynamicConfigValue(
                "thresholds", steps(*self.thresholds).build()))
            wanted.append(model.DynamicConfigValue(
                "custom.cellOptions", {"type": "color-text"}))
        if self.to_mcp:
            wanted.append(model.DynamicConfigValue("links", [MCP_LINK]))
        return wanted


MCP_LINK = {
    "title": "Look at ${__value.raw}",
    "url": "/d/breakwater-mcp?var-mcp=${__value.raw:percentencode}&${datasource:queryparam}"
           "&${__url_time_range}",
}


def rows(title: str, about: str, wanted: list[Any], columns: list[Column], *,
         sort: str = "", unit: str = "none", width: int = 24,
         height: int = 10) -> table.Panel:
    """A table; of several queries, what has the same labels is one row."""
    panel = dressed(table.Panel(), title, about, unit, wanted, True, (width, height))
    panel.show_header(True)
    if not isinstance(wanted[0], SQLQuery):
        for query in panel.build().targets:
            query.format_val = queries.PromQueryFormat.TABLE
        if len(wanted) > 1:
            panel.with_transformation(model.DataTransformerConfig("merge", options={}))
        panel.with_transformation(model.DataTransformerConfig("organize", options={
            "excludeByName": {"Time": True},
            "indexByName": {column.name: place for place, column in enumerate(columns)},
            "renameByName": {column.name: column.title for column in columns},
        }))
    for column in columns:
        properties = column.settings()
        if properties:
            panel.override_by_name(column.title, properties)
    if sort:
        panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(True)])
    return panel


class Annotation(model.AnnotationQuery):
    """Marks on all panels. What the data sources read of it the SDK has no type of."""

    more: dict[str, object]

    def to_json(self) -> dict[str, object]:
        return super().to_json() | self.more


def mark(name: str, colour: str, expr: str, title: str, text: str,
         **more: object) -> Built:
    """Marks where the expression gives something."""
    made = Annotation(name=name, datasource=PROMETHEUS, icon_color=colour, expr=expr)
    made.more = {"titleFormat": title, "textFormat": text, **more}
    return Built(made)


def restarts() -> Built:
    """Marks where a coordinator restarted."""
    counted = series("breakwater_coordinator_restarts_total")
    return mark("Coordinator restarted", "purple",
                f"sum by (instance, reason) (increase({counted}[$__rate_interval])) > 0",
                "Coordinator restarted ({{reason}})", "{{instance}}")


def variable_of_source(plugin: str) -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Data source").type(plugin)


def variable_of_label(name: str, label: str, expr: str) -> dashboard.QueryVariable:
    """A variable whose values are those of a label."""
    variable = dashboard.QueryVariable(name).label(label).datasource(PROMETHEUS)
    variable.query(f"label_values({expr}, {name})")
    variable.refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
    return variable.sort(model.VariableSort.ALPHABETICAL_ASC)


def choosable(variable: dashboard.QueryVariable) -> dashboard.QueryVariable:
    """Several of its values can be chosen, and all of them are at first."""
    everything = model.VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(True).include_all(True).all_value(".+").current(everything)


OBJECTIVES = ["99", "99.5", "99.9", "99.95", "99.99"]


def variable_of_objective() -> dashboard.CustomVariable:
    first = model.VariableOption(selected=True, text="99.9", value="99.9")
    options = [
        model.VariableOption(selected=value == "99.9", text=value, value=value)
        for value in OBJECTIVES
    ]
    variable = dashboard.CustomVariable("slo").label("SLO, % available")
    return variable.values(", ".join(OBJECTIVES)).current(first).options(options)


def page(title: str, uid: str, about: str, span: str) -> dashboard.Dashboard:
    """A dashboard without panels; `span`: what it shows at first, back from now."""
    links = dashboard.DashboardLink("Breakwater").type(model.DashboardLinkType.DASHBOARDS)
    links.tags(["breakwater"]).as_dropdown(True).include_vars(True).keep_time(True)
    made = dashboard.Dashboard(title).uid(uid).description(about).tags(["breakwater"])
    made.readonly().time(f"now-{span}", "now").refresh("1m").timezone("browser")
    return made.tooltip(model.DashboardCursorSync.CROSSHAIR).link(links)


def with_agents(made: dashboard.Dashboard) -> dashboard.Dashboard:
    """With the variables of those that draw what Prometheus scraped from the agents."""
    made.with_variable(variable_of_source("prometheus"))
    made.with_variable(choosable(variable_of_label("job", "Job", "breakwater_build_info")))
    return made.with_variable(choosable(
        variable_of_label("instance", "Instance", 'breakwater_build_info{job=~"$job"}')))


def section(made: dashboard.Dashboard, title: str, *panels: Any) -> None:
    """A row with its panels."""
    made.with_row(dashboard.Row(title))
    for panel in panels:
        made.with_panel(panel)


def finished(made: dashboard.Dashboard) -> model.Dashboard:
    """With numbers on the panels, which links to a single one need to stay the same."""
    whole = made.build()
    for place, panel in enumerate(whole.panels or []):
        panel.id_val = place + 1
    return whole
