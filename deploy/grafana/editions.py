"""A dashboard in one language, as Grafana reads it.

The order of what is written depends on nothing but the code, so that two runs write the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
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

from deploy.grafana.panels import Board, Choice, Kind, Link, Panel, Query, Scale
from shared.text import Language, Text

_SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_OPACITY = 70
_AS_OF_NOW: tuple[Kind, ...] = ("stat", "gauges", "table")
_LABEL = re.compile(r"\{label:(\w+)\}")
_OTHER_LANGUAGE: Mapping[Language, Language] = {"fr": "en", "en": "fr"}
_DASHBOARDS = Text("Autres tableaux de bord", "Other dashboards")
_SUPERVISORS = Text("Ouvrir dans Échéance", "Open in Échéance")
_OTHER_EDITION = Text("English", "Français")
_STANDARD = Text("Engagement", "Standard")
_BY_SCALE = models.FieldColor(models.FieldColorModeId.THRESHOLDS)
_NOT_DRAWN = options.GraphTresholdsStyleMode.OFF


def written(board: Board, language: Language, zone: str) -> str:
    """The dashboard as JSON, one member a line; its times are those of a zone."""
    made = _dashboard(board, language, zone)
    return json.dumps(made, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(board: Board, language: Language, zone: str) -> models.Dashboard:
    begun = (
        dashboard.Dashboard(board.title.within(language))
        .uid(f"echeance-{board.name}-{language}")
        .description(board.description.within(language))
        .tags(["echeance", f"echeance-{language}"])
        .timezone(zone)
        .editable()
        .fiscal_year_start_month(3)  # from 0: April
        .time(board.since, "now")
        .refresh("1m")
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
        .with_variable(
            dashboard.QueryVariable("board")
            .datasource(_SOURCE)
            .query("label_values(echeance_board_info, url)")
            .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
            .hide(models.VariableHide.HIDE_VARIABLE)
        )
        .links(list(_ways_out(board, language)))
    )
    for choice in board.choices:
        begun = begun.with_variable(_variable(choice, language))
    made = begun.build()
    made.panels = list(_placed(board.panels, language))
    return made


def _ways_out(board: Board, language: Language) -> Iterator[dashboard.DashboardLink]:
    """To the dashboards of this language, to this one in the other, and to the page of the supervisors' board."""
    spoken, other = language, _OTHER_LANGUAGE[language]
    yield (
        dashboard.DashboardLink(_DASHBOARDS.within(spoken))
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([f"echeance-{spoken}"])
        .keep_time(True)
    )
    yield (
        dashboard.DashboardLink(_OTHER_EDITION.within(spoken))
        .type(models.DashboardLinkType.LINK)
        .url(f"/d/echeance-{board.name}-{other}")
        .keep_time(True)
        .include_vars(True)
    )
    joined = "&" if "?" in board.page else "?"
    yield (
        dashboard.DashboardLink(_SUPERVISORS.within(spoken))
        .type(models.DashboardLinkType.LINK)
        .url(f"${{board}}{board.page}{joined}unit=&lang={spoken}")
        .target_blank(True)
    )


def _variable(
    choice: Choice, language: Language
) -> dashboard.QueryVariable | dashboard.CustomVariable:
    title = choice.title.within(language)
    if choice.listed:
        offered = (f"{word.within(language)} : {value}" for value, word in choice.listed.items())
        return dashboard.CustomVariable(choice.name).label(title).values(", ".join(offered))
    return (
        dashboard.QueryVariable(choice.name)
        .label(title)
        .datasource(_SOURCE)
        .query(f"query_result(topk by ({choice.name}) (1, {choice.named_by}))")
        # Grafana writes each series with its labels in the order of their names.
        .regex(f'/name_{language}="(?<text>[^"]+)".*{choice.name}="(?<value>[^"]+)"/')
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
    made = _visual(panel, language)
    made.title = panel.title.within(language)
    made.description = panel.description.within(language)
    made.datasource = _SOURCE
    defaults = made.field_config.defaults
    defaults.thresholds = _thresholds(panel.scale)
    defaults.min_val, defaults.max_val = panel.bounds
    if panel.kind in ("stat", "gauges"):
        defaults.color = _BY_SCALE
    if panel.links and panel.kind != "table":
        defaults.links = [_link(link, language, _OF_SERIES) for link in panel.links]
    made.field_config.overrides += [
        models.DashboardFieldConfigSourceOverrides(
            models.MatcherConfig("byName", value),
            [
                models.DynamicConfigValue("displayName", word.text.within(language)),
                models.DynamicConfigValue("color", _fixed(word.color)),
            ],
        )
        for value, word in panel.words.items()
    ]
    made.targets = [
        _target(panel.kind, name, query, language)
        for name, query in zip(ascii_uppercase, panel.queries, strict=False)
    ]
    return made


def _thresholds(scale: Scale) -> models.ThresholdsConfig:
    steps = [models.Threshold(value=step.since, color=step.color) for step in scale]
    return models.ThresholdsConfig(models.ThresholdsMode.ABSOLUTE, steps)


def _fixed(color: str) -> models.FieldColor:
    return models.FieldColor(models.FieldColorModeId.FIXED, fixed_color=color)


_OF_SERIES, _OF_ROW = r"${__field.labels.\1}", r'${__data.fields["\1"]}'
"""How a link names a label: of a series, or by the column of a table's row."""


def _link(link: Link, language: Language, label: str) -> models.DashboardLink:
    """A link of a panel, its labels written as the panel knows them."""
    url = _LABEL.sub(label, link.url).replace("{language}", language)
    return models.DashboardLink(
        title=link.title.within(language), url=url, target_blank=url.startswith("${board}")
    )


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


def _visual(panel: Panel, language: Language) -> models.Panel:
    match panel.kind:
        case "lines":
            shown = options.GraphTresholdsStyleMode.DASHED if panel.drawn else _NOT_DRAWN
            style = common.GraphThresholdsStyleConfig().mode(shown)
            return timeseries.Panel().unit(panel.unit).thresholds_style(style).build()
        case "bars":
            stacked = common.StackingConfig().mode(options.StackingMode.NORMAL)
            made = timeseries.Panel().unit(panel.unit).draw_style(options.GraphDrawStyle.BARS)
            return made.fill_opacity(_OPACITY).stacking(stacked).build()
        case "stat":
            return stat.Panel().unit(panel.unit).build()
        case "gauges":
            across = options.VizOrientation.HORIZONTAL
            return bargauge.Panel().unit(panel.unit).orientation(across).build()
        case "table":
            return _table(panel, language)


def _table(panel: Panel, language: Language) -> models.Panel:
    """A row for each standard, by its name: its columns are the queries, and the first one sorts it."""
    headings = {
        f"Value #{name}": query.legend.within(language)
        for name, query in zip(ascii_uppercase, panel.queries, strict=False)
    }
    first, *_ = headings.values()
    name, other_name = f"name_{language}", f"name_{_OTHER_LANGUAGE[language]}"
    tidy = {
        "excludeByName": {"Time": True, other_name: True},
        "indexByName": {one: index for index, one in enumerate([name, *headings])},
        "renameByName": {name: _STANDARD.within(language), **headings},
    }
    made = (
        table.Panel()
        .unit(panel.unit)
        .with_transformation(models.DataTransformerConfig("merge", options={}))
        .with_transformation(models.DataTransformerConfig("organize", options=tidy))
        .sort_by([common.TableSortByFieldState().display_name(first).desc(False)])
    )
    links = [_link(link, language, _OF_ROW) for link in panel.links]
    led = [models.DynamicConfigValue("links", links)]
    made = made.override_by_name(_STANDARD.within(language), led)
    # The links read the identifier from its column, which is not shown.
    made = made.override_by_name("standard", [models.DynamicConfigValue("custom.hidden", True)])
    for query in panel.queries:
        made = made.override_by_name(query.legend.within(language), list(_column(query)))
    return made.build()


def _column(query: Query) -> Iterator[models.DynamicConfigValue]:
    """How a column differs from its panel."""
    if query.unit is not None:
        yield models.DynamicConfigValue("unit", query.unit)
    if query.bounds is not None:
        yield models.DynamicConfigValue("min", query.bounds[0])
        yield models.DynamicConfigValue("max", query.bounds[1])
    if query.scale is not None:
        yield models.DynamicConfigValue("thresholds", _thresholds(query.scale))
        yield models.DynamicConfigValue("color", _BY_SCALE)
        yield models.DynamicConfigValue("custom.cellOptions", {"type": "color-text"})
