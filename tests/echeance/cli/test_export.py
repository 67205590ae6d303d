"""``echeance export``: what goes out comes in elsewhere with the same figures."""

from __future__ import annotations

import csv
import json
import os
import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest

from echeance.exporter.columns import CYCLE_COLUMNS
from tests.builders import answered, decided, received, reopened, requested, voided
from tests.echeance.command import done, echeance, english, lived, told
from tests.paths import ROOT
from tests.services.world import keep_stores_at

ACCESS = ROOT / "tests/fixtures/access"
AT = "2025-09-01"
MAPPING = """
source: https://example.org/town-access
catalogue: {catalogue}
columns:
  file_id: "{file_id}"
  activity: "{activity}"
  time: "{time}"
  event_id: "{event_id}"
  request_id: request_id
  answer_by: answer_by
  until: until
activities:
  received: received
  transferred: transferred
  documents_requested: documents_requested
  documents_received: documents_received
  extended: extended
  reached: reached
  decided: decided
  withdrawn: withdrawn
  reopened: reopened
standard: {{column: standard, slugify: true}}
unit: {{column: unit, slugify: true}}
milestone: {{column: milestone, slugify: true}}
kind: {{column: kind, slugify: true}}
extension: {{column: extension, slugify: true}}
outcome: {{column: outcome, slugify: true}}
withdrawal: {{column: reason, slugify: true}}
reason: {{column: reason, slugify: true}}
"""
LOG = {
    "file_id": "case:concept:name",
    "activity": "concept:name",
    "time": "time:timestamp",
    "event_id": "concept:instance",
}
OCEL = {
    "file_id": "object:file",
    "activity": "ocel:activity",
    "time": "ocel:time",
    "event_id": "event_id",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the events of services, extensions, kinds of request and transfers."""
    data = tmp_path_factory.mktemp("town") / "data"
    command = ("import", ACCESS / "export.csv", "--mapping", ACCESS / "mapping.yaml")
    assert echeance(*command, "--data", data).exit_code == 0
    return data


def cycles(data: Path, *options: object) -> str:
    return done("export", "csv-cycles", "--data", data, "--at", AT, *options)


@pytest.mark.parametrize(("form", "names"), [("xes", LOG), ("csv", LOG), ("ocel", OCEL)])
def test_what_goes_out_comes_in_elsewhere_with_the_same_cycles(
    town: Path, tmp_path: Path, form: str, names: dict[str, str]
) -> None:
    written, mapping, data = tmp_path / "out", tmp_path / "m.yaml", tmp_path / "data"
    done("export", form, "--data", town, "--to", written)
    catalogue = json.dumps(str(ACCESS / "catalogue.yaml"))
    mapping.write_text(MAPPING.format(catalogue=catalogue, **names), "utf-8")
    figures = json.loads(
        done("import", written, "--mapping", mapping, "--data", data, "--format", "json")
    )
    assert figures["rejected"] == 0
    assert figures["rows"]["changed_nothing"]["count"] == 0
    assert cycles(data) == cycles(town)
    assert cycles(data).count("\n") > 5


def test_a_log_has_every_cycle_of_every_standard_once(town: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(cycles(town).splitlines()))
    log = json.loads(done("export", "ocel", "--data", town, "--at", AT))
    objects = {one["id"]: one for one in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert sum(one["type"] == "cycle" for one in objects.values()) == len(rows)
    for row in rows:
        said = objects[f"{row['file_id']}/{row['cycle_standard']}/{row['cycle']}"]
        values = {one["name"]: one["value"] for one in said["attributes"]}
        assert values == {one.name: row[one.name] for one in CYCLE_COLUMNS if row[one.name]}
    declared = {
        (kind["name"], attribute["name"])
        for kind in (*log["objectTypes"], *log["eventTypes"])
        for attribute in kind["attributes"]
    }
    for one in (*log["objects"], *log["events"]):
        assert {(one["type"], value["name"]) for value in one["attributes"]} <= declared
        assert {relation["objectId"] for relation in one["relationships"]} <= objects.keys()
    assert len({one["id"] for one in log["events"]}) == len(log["events"])
    tree = ElementTree.fromstring(done("export", "xes", "--data", town, "--at", AT))
    traces = tree.findall("trace")
    assert len(traces) == sum(one["type"] == "file" for one in objects.values())
    assert sum(len(trace.findall("event")) for trace in traces) == len(log["events"])
    listed = sum(max(1, len(trace.findall("list/values/int"))) for trace in traces)
    assert listed == len(rows)
    for element in (*traces, *tree.findall("trace/event")):
        keys = [one.get("key") for one in element if one.tag != "event"]
        assert len(keys) == len(set(keys))


EVENTS = (
    received("OPEN", "2025-04-28 10:00", standard="caq-etudes", named="r1"),
    requested("OPEN", "2025-05-01 10:00", named="q1"),
    answered("OPEN", "2025-05-12 10:00", named="a1"),
    requested("OPEN", "2025-05-13 10:00", named="q2"),
    voided("OPEN", "2025-05-14 10:00", "q2", named="v1"),
    received("AGAIN", "2025-05-05 09:00", standard="courriel", named="r2"),
    decided("AGAIN", "2025-05-06 09:00", "answered", named="d1"),
    decided("AGAIN", "2025-05-07 09:00", "answered", named="d2"),
    reopened("AGAIN", "2025-06-02 09:00", named="o1"),
    decided("LOST", "2025-06-02 09:00", "answered", named="d3"),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived(tmp_path_factory.mktemp("small") / "data", *EVENTS, now="2025-07-01")


def rows_of(data: Path, form: str, *options: object) -> list[dict[str, str]]:
    text = done("export", form, "--data", data, "--at", "2025-07-01", *options)
    return list(csv.DictReader(text.splitlines()))


def test_what_has_no_effect_is_left_out_told_and_to_be_had(small: Path) -> None:
    result = echeance("export", "csv", "--data", small, variables=english())
    assert result.stderr.splitlines() == [
        "2 files, 3 cycles, 6 events",
        "not written: 1 files without a known reception",
        "not written: 3 events without effect (--all-events writes them)",
    ]
    assert [
        one["effect"] for one in rows_of(small, "csv") if one["case:concept:name"] == "OPEN"
    ] == ["opens", "stops", "resumes"]
    every = {
        one["concept:instance"]: one["effect"] for one in rows_of(small, "csv", "--all-events")
    }
    assert (every["q2"], every["v1"], every["d2"]) == ("voided", "voids", "after_end")


def test_cycles_have_the_delay_that_the_law_counts(small: Path) -> None:
    again, second, opened = rows_of(small, "csv-cycles")
    assert (again["file_id"], again["cycle"], again["counted"], again["on_time"]) == (
        "AGAIN", "1", "1", "true",
    )  # fmt: skip
    assert (second["cycle"], second["status"], second["on_time"]) == ("2", "open", "false")
    # 28 April to 1 May: 3 business days; 13 May to 30 June: 33, less two holidays.
    assert opened["limit_unit"] == "business_days"
    assert (opened["stopped"], opened["waited"], opened["stops"]) == ("7", "11", "1")
    assert float(opened["counted"]) + float(opened["remaining"]) == float(opened["limit"])
    events = {one["concept:instance"]: one["cycle"] for one in rows_of(small, "csv")}
    assert (events["r2"], events["d1"], events["o1"]) == ("1", "1", "2")


def test_files_are_selected_by_standard_unit_and_period(small: Path) -> None:
    def named(*options: object) -> list[str]:
        return [one["file_id"] for one in rows_of(small, "csv-cycles", *options)]

    assert named("--standard", "caq-etudes") == ["OPEN"]
    assert named("--unit", "montreal") == ["AGAIN", "AGAIN", "OPEN"]
    assert named("--unit", "laval") == []
    assert named("--period", "2025-05") == ["AGAIN", "AGAIN"]
    assert named("--period", "2025-05", "--ended") == ["AGAIN", "AGAIN"]
    assert named("--period", "2025-04", "--ended") == []

    def refusal(*options: str) -> str:
        return told("export", "csv", "--data", small, *options, status=2, variables=english())

    assert "not in the catalogue: 'nowhere': " in refusal("--unit", "nowhere")
    assert "is not a period" in refusal("--period", "May")
    assert "--ended: give --period" in refusal("--ended")
    assert "Invalid value for --at" in refusal("--at", "yesterday")


def test_what_was_not_recorded_yet_is_not_exported(small: Path) -> None:
    assert rows_of(small, "csv-cycles", "--known-at", "2025-04-01") == []
    before = rows_of(small, "csv", "--known-at", "2025-05-02")
    assert {one["concept:instance"] for one in before} <= {"r1", "q1"}


def test_the_file_is_private_and_whole_or_what_it_was(small: Path, tmp_path: Path) -> None:
    written = tmp_path / "out.csv"
    written.write_text("before", "utf-8")
    written.chmod(0o644)
    failed = echeance("export", "csv", "--data", tmp_path / "none", "--to", written)
    assert failed.exit_code == 1
    assert written.read_text("utf-8") == "before"
    done("export", "csv", "--data", small, "--to", written)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert written.read_text("utf-8").startswith("case:concept:name,")
    assert os.listdir(tmp_path) == ["out.csv"]  # noqa: PTH208 — hidden ones too
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "not a regular file" in told(
        "export", "csv", "--data", small, "--to", pipe, variables=english()
    )


def test_the_distributed_system_gives_the_same(
    small: Path, tmp_path: Path, migrated_url: str
) -> None:
    keep_stores_at(tmp_path, migrated_url)
    lived(tmp_path / "data", *EVENTS, now="2025-07-01")
    there = {"ECHEANCE_DATABASE": migrated_url, "ECHEANCE_KAFKA": "127.0.0.1:9"}  # is not asked
    for form in ("csv", "csv-cycles", "xes", "ocel"):
        command = ("export", form, "--at", "2025-07-01", "--all-events")
        assert done(*command, variables=there) == done(*command, "--data", small), form
