"""`python -m scripts.dashboard` writes helm/flagsvc/files/dashboard.json, for Grafana 10 and later."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphDrawStyle, LegendDisplayMode, StackingMode, TooltipDisplayMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
    VariableSort,
)

from scripts.dashboard_panels import ALARMS, CHANGES, ROWS, Panel, Row

FILE = Path(__file__).parents[1] / "helm/flagsvc/files/dashboard.json"
COLUMNS = 24
HEIGHTS = {"stat": 4, "lines": 8, "stack": 8}
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")


def text() -> str:
    """Write the dashboard; the same text each time."""
    made = (
        builders.Dashboard("flagsvc")
        .uid("flagsvc")
        .description("Flags, traffic splits and rollouts; what each metric means: docs/reference/metrics.md")
        .tags(["flagsvc"])
        .time("now-3h", "now")
        .timezone("browser")
        .refresh("30s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables(_variables())
        .annotation(
            builders.AnnotationQuery().name("Changes").datasource(SOURCE).enable(enable=True).icon_color("blue")
        )
    )
    for panel in _placed():
        made = made.with_row(panel) if isinstance(panel, builders.Row) else made.with_panel(panel)
    document = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    # Fields of the data source's own, which the library does not know.
    changes = {"expr": CHANGES, "step": "60s", "titleFormat": "Changed", "textFormat": "{{environment}}"}
    document["annotations"]["list"][0] |= changes
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _variables() -> list[Any]:
    source = builders.DatasourceVariable("datasource").label("Data source").type("prometheus")
    return [
        source,
        _choice("job", "Job", "label_values(flagsvc_build_info, job)"),
        _choice("instance", "Replica", 'label_values(flagsvc_build_info{job=~"$job"}, instance)'),
        _choice("environment", "Environment", 'label_values(flagsvc_snapshot_revision{job=~"$job"}, environment)'),
    ]


def _choice(name: str, label: str, query: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
    )


def _placed() -> Iterator[Any]:
    """Give rows and panels with their places: from left to right, then down."""
    y, number = 0, 0
    for row in ROWS:
        number += 1
        yield builders.Row(row.title).grid_pos(GridPos(h=1, w=COLUMNS, x=0, y=y)).id(number)
        y += 1
        for panel, x, down in _laid(row):
            number += 1
            height = HEIGHTS[panel.kind]
            yield _built(panel).id(number).grid_pos(GridPos(h=height, w=panel.width, x=x, y=y + down))
        y += max(down + HEIGHTS[panel.kind] for panel, _, down in _laid(row))


def _laid(row: Row) -> Iterator[tuple[Panel, int, int]]:
    x, y, tallest = 0, 0, 0
    for panel in row.panels:
        if x + panel.width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        yield panel, x, y
        x += panel.width
        tallest = max(tallest, HEIGHTS[panel.kind])


def _built(panel: Panel) -> Any:
    made: Any = _number(panel.title) if panel.kind == "stat" else _curves(stacked=panel.kind == "stack")
    made = made.title(panel.title).description(panel.about).unit(panel.unit).datasource(SOURCE)
    for number, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expression).legend_format(query.legend or "__auto")
        target = target.ref_id(chr(ord("A") + number)).datasource(SOURCE)
        made = made.with_target(target.instant() if panel.kind == "stat" else target.range())
    return made


def _number(title: str) -> stat.Panel:
    none, some = ALARMS.get(title, ("blue", "blue"))
    steps = [Threshold(value=None, color=none), Threshold(value=1, color=some)]
    return (
        stat.Panel()
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
        .thresholds(builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    )


def _curves(*, stacked: bool) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .draw_style(GraphDrawStyle.LINE)
        .line_width(1)
        .fill_opacity(20 if stacked else 0)
        .legend(common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).show_legend(show_legend=True))
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .min(0)
    )
    return made.stacking(common.StackingConfig().mode(StackingMode.NORMAL)) if stacked else made


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
