"""An export becomes events, and what cannot be read is told with its line."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from echeance.importer import mapping_file
from echeance.importer.readers import Export
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from shared.domain import cycles, delay
from shared.domain.catalogue import Catalogue
from shared.domain.events import Event
from shared.mapping.export_mapping import ExportMapping
from shared.mapping.mapping_text import read_mapping
from shared.mapping.reasons import TEXTS, Reason
from shared.mapping.rows import OTHER_ACTIVITIES
from tests.builders import CATALOGUE
from tests.paths import ROOT

FIXTURES = ROOT / "tests/fixtures/import"
WABO, WABO_CATALOGUE = mapping_file.load(ROOT / "examples/wabo/mapping.yaml", CATALOGUE)
DEMANDES, _ = mapping_file.load(FIXTURES / "demandes.yaml", CATALOGUE)
NOW = datetime(2026, 1, 1, tzinfo=UTC)

SMALL = """
source: https://example.org/small
zone: America/Toronto
columns: {file_id: file, activity: activity, time: time}
activities: {in: received, out: decided, ask: documents_requested}
standard: plainte
unit: {column: unit, words: {M: montreal}}
outcome: answered
"""
HEADER = "file,activity,time,unit\n"


def mapping_of(text: str) -> ExportMapping:
    return read_mapping(text)[0]


Found = tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, Reason]]]
"""Events and unreadable rows, each with its line."""


def found_in(path: Path, mapping: ExportMapping) -> Found:
    events, unread = [], []
    with Export(path, mapping) as export:
        for line, found in export:
            if isinstance(found, Reason):
                unread.append((line, found))
            else:
                events.append((line, json.loads(found.event)))
    return events, unread


def read_small(content: str | bytes, folder: Path, mapping: str = SMALL) -> Found:
    path = folder / "export"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return found_in(path, mapping_of(mapping))


def accepted(path: Path, mapping: ExportMapping, spoken: Catalogue) -> list[Event]:
    """Every event of an export, as ingest's own parser reads it."""
    rules = Rules(catalogue=spoken, now=NOW)
    with Export(path, mapping) as export:
        return [
            parse_structured(found.event, rules)
            for _, found in export
            if not isinstance(found, Reason)
        ]


# What an export says


def test_a_row_becomes_the_event_it_is_mapped_to() -> None:
    events, unread = found_in(FIXTURES / "receipt.csv", WABO)
    assert unread == []
    assert events[0] == (
        2,
        {
            "specversion": "1.0",
            "type": "org.echeance.file.received.v1",
            "source": "https://example.org/wabo",
            "id": "task-1",
            "subject": "case-1",
            "time": "2011-10-11T11:45:40.276000Z",
            "data": {
                "standard": "acknowledgement",
                "unit": "general",
                "attributes": {"channel": "internet"},
            },
        },
    )
    identified = [(line, event["id"]) for line, event in events]
    assert identified == [(2, "task-1"), *((n, f"task-{n - 1}") for n in (4, 5, 6, 7))]


def test_many_different_ignored_activities_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text(HEADER + "".join(f"a,other-{n},,\n" for n in range(1_500)), "utf-8")
    with Export(path, mapping_of(SMALL)) as export:
        assert list(export) == []
        assert (len(export.counts.ignored), export.counts.ignored[OTHER_ACTIVITIES]) == (1_001, 500)


def test_csv_and_xes_compressed_or_not_say_the_same(tmp_path: Path) -> None:
    as_csv = accepted(FIXTURES / "receipt.csv", WABO, WABO_CATALOGUE)
    assert len(as_csv) == 5
    assert accepted(FIXTURES / "receipt.xes", WABO, WABO_CATALOGUE) == as_csv
    for name in ("receipt.csv", "receipt.xes"):
        packed = tmp_path / name
        packed.write_bytes(gzip.compress((FIXTURES / name).read_bytes()))
        assert accepted(packed, WABO, WABO_CATALOGUE) == as_csv


def test_the_line_of_an_xes_event_is_where_it_begins() -> None:
    events, _ = found_in(FIXTURES / "receipt.xes", WABO)
    assert [line for line, _ in events] == [12, 22, 32, 37, 47]


def test_a_whole_export_is_measured() -> None:
    standard = WABO_CATALOGUE.standards["acknowledgement"]
    calendar = WABO_CATALOGUE.calendar_of(standard)
    events = accepted(FIXTURES / "receipt.csv", WABO, WABO_CATALOGUE)
    clocks = {}
    for file_id in ("case-1", "case-2", "case-3"):
        history = cycles.history(event for event in events if event.file_id == file_id)
        clocks[file_id] = delay.evaluate(history, standard, calendar, NOW).cycles[0]
    told = {f: (c.state.status, c.state.on_time) for f, c in clocks.items()}
    # case-2 is decided as its sixth business day begins in Amsterdam; in UTC it is still the fifth.
    assert told == {
        "case-1": ("decided", True),
        "case-2": ("decided", False),
        "case-3": ("open", False),
    }


def test_every_event_is_read_from_a_latin_1_export_with_semicolons() -> None:
    events, unread = found_in(FIXTURES / "demandes.csv", DEMANDES)
    assert unread == []
    assert len(accepted(FIXTURES / "demandes.csv", DEMANDES, CATALOGUE)) == len(events)
    told = [
        (e["id"], e["subject"], e["type"].split(".")[-2], e["time"], e["data"]) for _, e in events
    ]
    montreal = {"standard": "plainte", "unit": "monteregie"}
    assert told == [
        ("dem/1", "dem-12-a.3", "received", "2021-05-03T13:15:00Z",
         {**montreal, "attributes": {"regime": "temps-complet"}}),
        ("dem/2", "dem-12-a.3", "documents_requested", "2021-05-04T14:00:00Z",
         {"request_id": "D-1"}),
        ("dem/3", "dem-12-a.3", "documents_received", "2021-05-06T04:00:00Z",
         {"request_id": "D-1"}),
        ("dem/4", "dem-12-a.3", "documents_received", "2021-05-07T12:00:00Z", {}),
        ("dem/5", "dem-12-a.3", "voided", "2021-05-07T12:05:00Z", {"event_id": "dem/4"}),
        ("dem/7", "dem-12-a.3", "decided", "2021-05-11T20:00:00Z", {"outcome": "answered"}),
        ("dem/8", "dem-12-a.3", "reopened", "2021-05-12T20:00:00Z", {"reason": "sent-back"}),
        ("dem/9", "dem-12-a.3", "decided", "2021-05-13T20:00:00Z", {"outcome": "rejected"}),
        ("dem/10", "dem-13", "received", "2021-05-03T13:15:00Z",
         {"standard": "plainte", "unit": "quebec", "attributes": {}}),
        ("dem/11", "dem-13", "withdrawn", "2021-05-03T13:16:00Z", {}),
    ]  # fmt: skip


# The identifier of an event comes from its row


def test_the_order_of_rows_and_a_second_reading_change_nothing(tmp_path: Path) -> None:
    rows = [f"f-{n % 7},{activity},2021-05-{1 + n % 28:02},M\n" for n in range(40)
            for activity in ("in", "out")]  # fmt: skip
    first, _ = read_small(HEADER + "".join(rows), tmp_path)
    random.Random(3).shuffle(rows)
    second, _ = read_small(HEADER + "".join(rows), tmp_path)
    by_id = {event["id"]: event for _, event in first}
    assert {event["id"]: event for _, event in second} == by_id
    assert len(by_id) == len(set(rows))


def test_a_cell_that_no_event_reads_takes_no_part_in_its_name(tmp_path: Path) -> None:
    before, _ = read_small("file,activity,time,unit,end\na,in,2021-05-03,M,\n", tmp_path)
    after, _ = read_small("end,file,activity,time,unit\n2021-06-01,a,in,2021-05-03,M\n", tmp_path)
    assert before == after


# Times


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2011-10-11 13:42:22.688000+02:00", "2011-10-11T11:42:22.688000Z"),
        ("2011-10-11T13:42:22Z", "2011-10-11T13:42:22Z"),
        ("2011-10-11T13:42+0200", "2011-10-11T11:42:00Z"),
        ("2021-07-05 09:30", "2021-07-05T13:30:00Z"),
        ("2021-01-05 09:30:15", "2021-01-05T14:30:15Z"),
        ("2021-07-05", "2021-07-05T04:00:00Z"),
        ("2021-11-07 01:30", "2021-11-07T05:30:00Z"),
    ],
)
def test_a_time_is_read(cell: str, instant: str, tmp_path: Path) -> None:
    events, _ = read_small(HEADER + f"a,in,{cell},M\n", tmp_path)
    assert events[0][1]["time"] == instant


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "cell_empty"),
        ("yesterday", "time_unreadable"),
        ("2021-02-30", "time_unreadable"),
        ("2021-05-03 23:59:60", "time_unreadable"),
        ("٢٠٢١-05-03", "time_unreadable"),
        ("0000-01-01", "time_unreadable"),
        ("0001-01-01 00:00+14:00", "time_extreme"),
        ("9999-12-31 23:00", "time_extreme"),
        ("2021-03-14 02:30", "time_nonexistent"),
    ],
)
def test_a_time_that_cannot_be_is_told(cell: str, code: str, tmp_path: Path) -> None:
    events, unread = read_small(HEADER + f"a,in,{cell},M\nb,in,2021-05-03,M\n", tmp_path)
    assert [(line, reason.code) for line, reason in unread] == [(2, code)]
    assert [event["subject"] for _, event in events] == ["b"]


def test_a_time_without_offset_needs_a_zone(tmp_path: Path) -> None:
    without = SMALL.replace("zone: America/Toronto\n", "")
    rows = "a,in,2021-05-03 10:00,M\nb,in,2021-05-03T10:00Z,M\n"
    events, unread = read_small(HEADER + rows, tmp_path, without)
    assert unread == [(2, Reason("time_without_zone", "time = '2021-05-03 10:00'"))]
    assert len(events) == 1


def test_a_day_whose_midnight_is_skipped_still_begins(tmp_path: Path) -> None:
    in_havana = SMALL.replace("America/Toronto", "America/Havana")
    events, _ = read_small(HEADER + "a,in,2021-03-14,M\n", tmp_path, in_havana)
    assert events[0][1]["time"] == "2021-03-14T05:00:00Z"


# Rows that cannot be read


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,in,2021-05-03", Reason("row_length", "3 / 4")),
        ("a,in,2021-05-03,M,more", Reason("row_length", "5 / 4")),
        (",in,2021-05-03,M", Reason("cell_empty", "file")),
        ("a,,2021-05-03,M", Reason("cell_empty", "activity")),
        ("a,in,2021-05-03,", Reason("cell_empty", "unit")),
        ("a b,in,2021-05-03,M", Reason("identifier_invalid", "file = 'a b'")),
        ("a,in,2021-05-03,X", Reason("word_unknown", "unit = 'X'")),
        ('a,in,"2021"-05-03,M', Reason("csv_malformed", "")),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_others_go_through(
    row: str, reason: Reason, tmp_path: Path
) -> None:
    content = f"{HEADER}a,in,2021-05-03,M\n{row}\n\nb,in,2021-05-03,M\n"
    events, unread = read_small(content, tmp_path)
    assert unread == [(3, reason)]
    assert [(line, event["subject"]) for line, event in events] == [(2, "a"), (5, "b")]


def test_a_row_over_several_lines_has_the_line_where_it_begins(tmp_path: Path) -> None:
    content = f'{HEADER}"a\nb",in,2021-05-03,M\n{"x" * 200},in,2021-05-03,M\n'
    _, unread = read_small(content, tmp_path)
    assert unread == [
        (2, Reason("identifier_invalid", r"file = 'a\nb'")),
        (4, Reason("identifier_too_long", f"file = '{'x' * 80}…' (200 > 64)")),
    ]


def test_bytes_outside_the_encoding_spoil_their_row_alone(tmp_path: Path) -> None:
    rows = [b"\xe9,in,2021-05-03,M", b"a,\xe9,2021-05-03,M", b"a,in,2021-05-03,\xe9"]
    content = HEADER.encode() + b"\n".join([*rows, b"b,in,2021-05-03,M"])
    events, unread = read_small(content, tmp_path, SMALL + "csv: {encoding: utf-8}\n")
    assert [(line, reason.code) for line, reason in unread] == [
        (line, "not_in_encoding") for line in (2, 3, 4)
    ]
    assert unread[0][1].text.fr.encode().endswith(rb"file = '\udce9'")
    assert len(events) == 1


def test_every_reason_is_told_in_both_languages() -> None:
    assert all(text.fr != text.en for text in TEXTS.values())


def test_a_reading_tells_how_far_it_is() -> None:
    with Export(FIXTURES / "receipt.csv", WABO) as export:
        assert export.size_bytes == (FIXTURES / "receipt.csv").stat().st_size
        far = [export.read_bytes for _ in export]
        assert export.read_bytes == export.size_bytes
    assert far == sorted(far)


def test_a_time_ahead_of_now_is_left_to_the_parser_to_refuse(tmp_path: Path) -> None:
    ahead = (NOW + timedelta(days=3_000)).isoformat()
    events, _ = read_small(HEADER + f"a,in,{ahead},M\n", tmp_path)
    assert len(events) == 1
