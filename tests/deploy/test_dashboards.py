"""The dashboards for Grafana: the files are as generated, complete in both languages, and no panel is empty."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest

from deploy.grafana.__main__ import BOARDS, FOLDER, files
from shared.text import Language
from tests.builders import CATALOGUE
from tests.deploy.rules import DECLARED, alerts, declared, loaded, recorded
from tests.deploy.watched import Watched
from tests.paths import ROOT
from tests.servers.child import patiently

_CHOSEN = {"$standard": "caq-etudes", "$period": "fiscal-year"}
_LED = {
    "${standard}": "caq-etudes",
    "${__field.labels.standard}": "peq",
    "${__field.labels.unit}": "laval",
}
_LED |= {'${__data.fields["standard"]}': "telephone"}
_CALLED_BY = {
    "stage",
    "remaining",
    "outcome",
    "age",
    "share",
    "delay",
    "band",
    "bound",
    "risk",
    "of",
    "limit",
    "use",
    "requested_by",
    "client_certificate",
}
_IN_NO_PANEL = {
    "echeance_forecast_shown": "where it is 0, the chance of the target is absent from its panel",
    "echeance_rebuild_progress_ratio": "there only while the command of a rebuild runs, which shows it",
    "echeance_alertmanagers": "as many as the settings name; the delivery to each is a bar of its panel",
}
"""Series that are looked at elsewhere, if at all, and why."""
_SERIES = re.compile(r"\becheance[a-z0-9_:]+")


class Shown(NamedTuple):
    """A panel as it stands in a file."""

    file: str
    title: str
    panel: Any

    @property
    def expressions(self) -> list[str]:
        return [target["expr"] for target in self.panel["targets"]]


def shown(language: str = "*") -> Iterator[Shown]:
    for path in sorted(FOLDER.glob(f"{language}/*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            yield Shown(f"{path.parent.name}/{path.stem}", panel["title"], panel)


def test_the_files_are_as_generated() -> None:
    kept = {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.json")}
    assert kept == dict(files(CATALOGUE)), "run `python -m deploy.grafana`, and read the difference"


def test_every_panel_has_a_title_a_description_a_unit_and_a_query() -> None:
    for one in shown():
        assert one.title, one.file
        assert one.panel["description"], one.title
        assert one.panel["fieldConfig"]["defaults"]["unit"], one.title
        assert one.expressions and all(one.expressions), one.title


def test_both_editions_ask_the_same_and_neither_is_left_untranslated() -> None:
    french, english = list(shown("fr")), list(shown("en"))
    assert [one.expressions for one in french] == [one.expressions for one in english]
    for one, other in zip(french, english, strict=True):
        assert one.title != other.title
        assert one.panel["description"] != other.panel["description"]
    for board in BOARDS:
        assert board.title.fr != board.title.en


def test_no_panel_lies_over_another() -> None:
    cells = Counter(
        (one.file, column, line)
        for one in shown()
        for at in [one.panel["gridPos"]]
        for column in range(at["x"], at["x"] + at["w"])
        for line in range(at["y"], at["y"] + at["h"])
    )
    assert max(column for _, column, _ in cells) < 24
    assert set(cells.values()) == {1}, cells.most_common(1)


def test_panels_read_what_is_declared_or_recorded() -> None:
    known = {rule.name for rule in recorded()} | DECLARED.keys()
    for one in shown("fr"):
        for expression in one.expressions:
            for series in _SERIES.findall(expression.replace('job="echeance"', "")):
                assert series in known or declared(series) in known, (one.title, series)


def read_by(expression: str) -> set[str]:
    """The metrics that an expression reads, by way of what is recorded too."""
    known = {rule.name: rule for rule in recorded()}
    return {
        metric
        for series in _SERIES.findall(expression.replace('job="echeance"', ""))
        for metric in (read_by(known[series].expression) if series in known else {declared(series)})
    }


def test_every_metric_is_looked_at_told_of_or_left_out_for_a_reason() -> None:
    """In a panel or a variable of a dashboard, by an alert, or for a reason that stands here."""
    made = [dashboard(f"fr/{board.name}") for board in BOARDS]
    asked = [one["query"] for each in made for one in each["templating"]["list"]]
    asked += [expression for one in shown("fr") for expression in one.expressions]
    looked_at = {metric for expression in asked for metric in read_by(expression)}
    told_of = {metric for alert in alerts() for metric in read_by(alert.expression)}
    assert DECLARED.keys() - looked_at - told_of == _IN_NO_PANEL.keys()


@pytest.mark.parametrize("one", list(shown("fr")), ids=lambda one: f"{one.file} {one.title}")
def test_no_panel_is_empty(life: Watched, one: Shown) -> None:
    for expression in one.expressions:
        answered(life, expression)


def answered(life: Watched, expression: str) -> list[dict[str, str]]:
    """The labels of what an expression finds, once it finds something."""
    for variable, chosen in _CHOSEN.items():
        expression = expression.replace(variable, chosen)
    patiently(partial(life.query, expression), f"an answer to {expression}")
    return [found["metric"] for found in life.query(expression)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_series_is_called_by_an_identifier_of_the_catalogue_or_a_word_of_a_program(
    life: Watched, language: Language
) -> None:
    for one in shown(language):
        words = {
            override["matcher"]["options"]: said["value"]
            for override in one.panel["fieldConfig"]["overrides"]
            for said in override["properties"]
            if said["id"] == "displayName"
        }
        for target in one.panel["targets"]:
            said_by = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert not said_by & {"standard", "unit"}, one.title
            for labels in answered(life, target["expr"]):
                for label in said_by & _CALLED_BY:
                    assert labels[label] in words, (one.title, labels[label])
                if f"name_{language}" in said_by:
                    known = (
                        CATALOGUE.standards.get(labels.get("standard", ""))
                        or (CATALOGUE.units[labels["unit"]])
                    )
                    assert labels[f"name_{language}"] == known.name.text().within(language)


def test_a_table_is_led_by_the_names_of_standards(life: Watched) -> None:
    [table] = [one for one in shown("fr") if one.panel["type"] == "table"]
    for expression in table.expressions:
        assert {"standard", "name_fr", "name_en"} <= set(answered(life, expression)[0])
    [tidy] = [step["options"] for step in table.panel["transformations"][1:]]
    assert tidy["renameByName"]["name_fr"] == "Engagement"
    assert tidy["excludeByName"] == {"Time": True, "name_en": True}


def test_names_stay_one_for_each_while_two_catalogues_are_at_work(life: Watched) -> None:
    """A join with two names of one standard would fail, and every panel with it."""
    renamed = 'label_replace(echeance_standard_info{standard="peq"}, "name_fr", "Autre", "", "")'
    both = f"topk by (standard) (1, echeance_standard_info or {renamed})"
    joined = f"echeance:target:ratio * on (standard) group_left (name_fr, name_en) {both}"
    assert len(answered(life, joined)) == len(CATALOGUE.standards)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_choice_of_a_standard_offers_names(life: Watched, language: Language) -> None:
    choices = dashboard(f"{language}/standard")["templating"]["list"]
    [choice] = [one for one in choices if one["name"] == "standard"]
    query = re.fullmatch(r"query_result\((.*)\)", choice["query"])
    assert query is not None
    pattern = re.compile(choice["regex"].strip("/").replace("(?<", "(?P<"))
    offered = {}
    for labels in answered(life, query[1]):
        # As Grafana writes a series before it applies the expression.
        inside = ",".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
        found = pattern.search(f"{labels['__name__']}{{{inside}}} 1 1732900000000")
        assert found is not None, inside
        offered[found["value"]] = found["text"]
    assert offered == {
        name: one.name.text().within(language) for name, one in CATALOGUE.standards.items()
    }


def dashboard(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


NAMES = [f"{language}/{board.name}" for language in ("fr", "en") for board in BOARDS]


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_opens_on_the_time_of_the_calendar_and_a_range_that_is_kept(name: str) -> None:
    made = dashboard(name)
    calendar = CATALOGUE.calendar()
    assert made["timezone"] == str(calendar.zone)
    since = re.fullmatch(r"now-(\d+)([dh])", made["time"]["from"])
    assert since is not None
    command = loaded(ROOT / "docker-compose.yml")["services"]["prometheus"]["command"]
    [kept] = [one for one in command if "retention.time" in one]
    days = int(since[1]) if since[2] == "d" else 1
    assert days <= int(kept.partition("=")[2].removesuffix("d"))


def led(panel: Any) -> Iterator[Any]:
    """The links of a panel's series, and of a table's columns."""
    yield from panel["fieldConfig"]["defaults"].get("links") or []
    for override in panel["fieldConfig"]["overrides"]:
        for said in override["properties"]:
            if said["id"] == "links":
                yield from said["value"]


@pytest.mark.parametrize("name", NAMES)
def test_every_dashboard_leads_to_the_others_to_its_other_language_and_to_the_board(
    name: str,
) -> None:
    language, _, board = name.partition("/")
    made = dashboard(name)
    others, edition, supervisors = made["links"]
    assert others["tags"] == [f"echeance-{language}"] and others["type"] == "dashboards"
    for one in NAMES:
        tagged = f"echeance-{language}" in dashboard(one)["tags"]
        assert tagged == one.startswith(language)
    other = "en" if language == "fr" else "fr"
    assert edition["url"] == f"/d/{dashboard(f'{other}/{board}')['uid']}"
    assert supervisors["url"].startswith("${board}/")


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(life: Watched, name: str) -> None:
    made = dashboard(name)
    links = [*made["links"][1:], *(link for panel in made["panels"] for link in led(panel))]
    uids = {dashboard(one)["uid"] for one in NAMES}
    [told] = answered(life, "echeance_board_info")
    assert told["url"] == str(life.system.base_url).rstrip("/")
    for link in links:
        url = link["url"]
        for variable, chosen in _LED.items():
            url = url.replace(variable, chosen)
        if url.startswith("/d/"):
            assert url.removeprefix("/d/").partition("?")[0] in uids, url
        else:
            page = url.replace("${board}", told["url"])
            assert "$" not in page
            answer = life.system.get(page)
            assert answer.status_code == 200, page
            assert "peq" not in page or 'value="peq" selected' in answer.text, page


def test_the_labels_that_links_read_are_those_of_the_series(life: Watched) -> None:
    for one in shown():
        read = {
            label
            for link in led(one.panel)
            for label in re.findall(r"labels\.(\w+)|fields\[.(\w+).\]", link["url"])
        }
        wanted = {label for pair in read for label in pair if label}
        for expression in one.expressions if wanted else ():
            assert all(wanted <= set(labels) for labels in answered(life, expression)), one.title


def test_every_panel_has_a_scale_of_its_own_and_none_turns_red_at_eighty() -> None:
    for one in shown():
        defaults = one.panel["fieldConfig"]["defaults"]
        steps = defaults["thresholds"]["steps"]
        assert steps[0]["value"] is None and steps[0]["color"], one.title
        assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])
        assert 80 not in [step["value"] for step in steps], one.title
        if one.panel["type"] in ("stat", "bargauge"):
            assert defaults["color"] == {"mode": "thresholds"}, one.title


def test_every_share_has_a_least_and_a_most() -> None:
    for one in shown():
        config = one.panel["fieldConfig"]
        if config["defaults"]["unit"] != "percentunit":
            continue
        if one.panel["type"] != "table":
            assert (config["defaults"]["min"], config["defaults"]["max"]) == (0, 1), one.title
            continue
        columns = {
            each["matcher"]["options"]: {said["id"]: said["value"] for said in each["properties"]}
            for each in config["overrides"]
        }
        for column in (columns[target["legendFormat"]] for target in one.panel["targets"]):
            shares = column.get("unit", "percentunit") == "percentunit"
            assert not shares or (column["min"] in (0, -1) and column["max"] == 1)


@pytest.mark.parametrize(
    ("title", "alert"),
    [
        ("Silence of the sources", "EcheanceSourceSilent"),
        ("Lag", "EcheanceConsumerBehind"),
        ("Freshness", "EcheanceConsumerStalled"),
        ("Freshness", "EcheanceSnapshotStale"),
        ("Alert delivery", "EcheanceAlertDeliveryFailing"),
        ("Clock skew", "EcheanceClockSkew"),
        ("Pace of late files", "EcheanceLateBudgetPace"),
    ],
)
def test_a_panel_changes_colour_where_a_rule_tells(title: str, alert: str) -> None:
    [panel] = [one.panel for one in shown("en") if one.title == title]
    [rule] = [one for one in alerts() if one.name == alert]
    last = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
    assert re.search(rf"(?<![\d.]){re.escape(f'{last:g}')}(?![\d.])", rule.expression), (
        rule.expression
    )
