"""An export with the events of services: words of each kind, and several columns of dates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from echeance.importer import mapping_file
from echeance.importer.readers import Export
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from shared.domain import FileCalculator, cycles, encode
from shared.domain.events import Event
from shared.domain.strict_yaml.reader import FaultsError
from shared.mapping.mapping_text import read_mapping
from shared.mapping.reasons import Reason
from tests.builders import CATALOGUE
from tests.paths import ROOT

FOLDER = ROOT / "tests/fixtures/access"
MAPPING, TOWN = mapping_file.load(FOLDER / "mapping.yaml", CATALOGUE)
NOW = datetime(2025, 9, 1, tzinfo=UTC)


def read_export() -> tuple[dict[int, Event], dict[int, list[tuple[str, str]]]]:
    """The events that ingest accepts, and the rows that cannot be read, by line."""
    events: dict[int, Event] = {}
    unread: dict[int, list[tuple[str, str]]] = {}
    rules = Rules(catalogue=TOWN, now=NOW)
    with Export(FOLDER / "export.csv", MAPPING) as export:
        for line, row in export:
            if isinstance(row, Reason):
                unread[line] = [(one.code, one.detail) for one in row.every]
            else:
                events[line] = parse_structured(row.event, rules)
    return events, unread


EVENTS, UNREAD = read_export()


@pytest.mark.parametrize(
    ("line", "data"),
    [
        (2, '{"standard":"access","unit":"hall","attributes":{}}'),
        (3, '{"milestone":"acknowledged"}'),
        (4, '{"request_id":"L1","kind":"third-party","answer_by":"2025-05-20"}'),
        (5, '{"unit":"archives"}'),
        (6, '{"request_id":"L1"}'),
        (7, '{"extension":"agreed","until":"2025-06-30"}'),
        (8, '{"outcome":"disclosed"}'),
        (10, '{"kind":"supplement"}'),
        (11, '{"reason":"duplicate"}'),
        (15, "{}"),
    ],
)
def test_a_row_says_what_its_event_holds(line: int, data: str) -> None:
    assert encode(EVENTS[line].data).decode() == data


def test_a_date_or_word_that_cannot_be_read_is_a_reason_of_its_row() -> None:
    assert UNREAD == {
        13: [("time_unreadable", "Answer by = 'in May'")],
        14: [("cell_empty", "Why")],
    }


def test_the_files_of_the_export_are_counted() -> None:
    history = cycles.history(event for event in EVENTS.values() if event.file_id == "T-1")
    reading = FileCalculator(TOWN).read(history, NOW)
    acknowledgement, answer = (cycle.state for cycle in reading.clock.cycles)
    assert (acknowledgement.on_time, acknowledgement.unit) == (True, "hall")
    assert (reading.unit, answer.on_time, answer.on_time_unextended) == ("archives", True, False)
    assert reading.clock.anomalies == ()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("milestone: acknowledged\n", "", "activities.Acknowledged: the event reached needs 'milestone'"),
        ("extension: {column", "extensio: {column", "the event extended needs 'extension'"),
        ("milestone: acknowledged", "milestone: answered", "milestone: the catalogue 'town-access' has no milestone 'answered'"),
        ("Volume: volume", "Volume: bulk", "extension.words.Volume: the catalogue 'town-access' has no extension 'bulk'"),
        ("another: duplicate", "another: reviewed", "withdrawal.words.Same as another: the catalogue 'town-access' has no withdrawal 'reviewed'"),
        ("Archives: archives", "Archives: attic", "transferred_to.words.Archives: the catalogue 'town-access' has no transferred_to 'attic'"),
        ("Third party: third-party", "Third party: press", "kind.words.Third party: the catalogue 'town-access' has no kind 'press'"),
    ],
)  # fmt: skip
def test_a_fault_of_the_mapping_is_at_its_key(
    old: str, new: str, fault: str, tmp_path: Path
) -> None:
    text = (FOLDER / "mapping.yaml").read_text("utf-8")
    assert text.count(old) == 1
    path = tmp_path / "mapping.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    (tmp_path / "catalogue.yaml").write_text(TOWN.text, "utf-8")
    with pytest.raises(FaultsError) as caught:
        mapping_file.load(path, CATALOGUE)
    assert str(caught.value).count(fault) == 1


def test_a_transfer_is_to_the_unit_of_its_row_where_the_mapping_has_one_source(
    tmp_path: Path,
) -> None:
    text = (FOLDER / "mapping.yaml").read_text("utf-8")
    start = text.index("transferred_to:")
    shorter = text[:start] + text[text.index("milestone:") :]
    mapping, _ = read_mapping(shorter)
    assert mapping.column_names().count("Office") == 1
    assert "To office" not in mapping.column_names()


def test_the_documented_mapping_reads_the_documented_export(tmp_path: Path) -> None:
    page = (ROOT / "docs/import.md").read_text("utf-8")
    section = page[page.index("### A service, its extensions and requests") :]
    export = section[section.index("Request,Step") : section.index("\n```\n\n```yaml")]
    (tmp_path / "requests.csv").write_text(export, "utf-8")
    (tmp_path / "catalogue.yaml").write_text(TOWN.text, "utf-8")
    written = section[section.index("```yaml") + 8 :]
    (tmp_path / "mapping.yaml").write_text(written[: written.index("```")], "utf-8")
    mapping, catalogue = mapping_file.load(tmp_path / "mapping.yaml", CATALOGUE)
    rules = Rules(catalogue=catalogue, now=NOW)
    with Export(tmp_path / "requests.csv", mapping) as rows:
        events = [
            parse_structured(row.event, rules) for _, row in rows if not isinstance(row, Reason)
        ]
    assert [type(event) for event in events] == [type(EVENTS[line]) for line in range(2, 9)]
    assert [event.data for event in events] == [EVENTS[line].data for line in range(2, 9)]
