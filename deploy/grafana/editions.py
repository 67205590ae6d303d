"""A dashboard in one language, as Grafana reads it.

The order of what is written depends on nothing but the code, so that two runs write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.panels import Board, Choice, Kind, Panel, Query
from shared.texts import Language

_SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_OPACITY = 70
_AS_OF_NOW: tuple[Kind, ...] = ("stat", "gauges", "table")


def written(board: Board, language: Language) -> str:
    """The dashboard as JSON, one member a line."""
    made = _dashboard(board, language)
    return json.dumps(made, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(board: Board, language: Language) -> models.Dashboard:
    begun = (
        dashboard.Dashboard(board.title.within(language))
        .uid(f"echeance-{board.name}-{language}")
        .description(board.description.within(language))
        .tags(["echeance"])
        .editable()
        .fiscal_year_start_month(3)  # from 0: April
        .time("now-30d", "now")
        .refresh("1m")
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
    )
    for choice in board.choices:
        begun = begun.with_variable(_variable(choice, language))
    made = begun.build()
    made.panels = list(_placed(board.panels, language))
    return made


def _variable(
    choice: Choice, language: Language
) -> dashboard.QueryVariable | dashboard.CustomVariable:
    title = choice.title.within(language)
    if choice.listed:
        return dashboard.CustomVariable(choice.name).label(title).values(",".join(choice.listed))
    return (
        dashboard.QueryVariable(choice.name)
        .label(title)
        .datasource(_SOURCE)
        .query(f"label_values({choice.label_of}, {choice.name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def _placed(panels: Sequence[Panel], language: Language) -> Sequence[models.Panel]:
    """Panels from left to right in rows of 24."""
    placed, x, y, tallest = [], 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > 24:
            x, y, tallest = 0, y + tallest, 0
        made = _panel(panel, language)
        made.id_val = number
        made.grid_pos = models.GridPos(x=x, y=y, w=panel.width, h=panel.height)
        placed.append(made)
        x, tallest = x + panel.width, max(tallest, panel.height)
    return placed


def _panel(panel: Panel, language: Language) -> models.Panel:
    made = _VISUALS[panel.kind](panel, language)
    made.title = panel.title.within(language)
    made.description = panel.description.within(language)
    made.datasource = _SOURCE
    made.targets = [
        _target(panel.kind, name, query, language)
        for name, query in zip(ascii_uppercase, panel.queries, strict=False)
    ]
    return made


def _target(kind: Kind, name: str, query: Query, language: Language) -> Any:
    made = (
        prometheus.Dataquery()
        .ref_id(name)
        .expr(query.expression)
        .legend_format(query.legend.within(language))
        .datasource(_SOURCE)
    )
    if kind == "table":
        made = made.format(PromQueryFormat.TABLE)
    return (made.instant() if kind in _AS_OF_NOW else made.range()).build()


def _lines(panel: Panel, _: Language) -> models.Panel:
    return timeseries.Panel().unit(panel.unit).build()


def _bars(panel: Panel, _: Language) -> models.Panel:
    stacked = common.StackingConfig().mode(options.StackingMode.NORMAL)
    made = timeseries.Panel().unit(panel.unit).draw_style(options.GraphDrawStyle.BARS)
    return made.fill_opacity(_OPACITY).stacking(stacked).build()


def _stat(panel: Panel, _: Language) -> models.Panel:
    return stat.Panel().unit(panel.unit).build()


def _gauges(panel: Panel, _: Language) -> models.Panel:
    across = options.VizOrientation.HORIZONTAL
    return bargauge.Panel().unit(panel.unit).orientation(across).build()


def _table(panel: Panel, language: Language) -> models.Panel:
    """A row for each standard: its columns are the queries, and the first one sorts it."""
    headings = {
        f"Value #{name}": query.legend.within(language)
        for name, query in zip(ascii_uppercase, panel.queries, strict=False)
    }
    tidy = {"excludeByName": {"Time": True}, "renameByName": headings}
    first, *_ = headings.values()
    made = (
        table.Panel()
        .unit(panel.unit)
        .with_transformation(models.DataTransformerConfig("merge", options={}))
        .with_transformation(models.DataTransformerConfig("organize", options=tidy))
        .sort_by([common.TableSortByFieldState().display_name(first).desc(False)])
    )
    for query in panel.queries:
        if query.unit is not None:
            unit = models.DynamicConfigValue("unit", query.unit)
            made = made.override_by_name(query.legend.within(language), [unit])
    return made.build()


_VISUALS: Mapping[Kind, Callable[[Panel, Language], models.Panel]] = {
    "lines": _lines,
    "bars": _bars,
    "stat": _stat,
    "gauges": _gauges,
    "table": _table,
}
