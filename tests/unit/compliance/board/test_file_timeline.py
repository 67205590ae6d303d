"""A file's page: every event with its fate, cycle after cycle, and the months that are laid out."""

from __future__ import annotations

from datetime import date

from services.compliance.board.file_timeline import (
    FileTimeline,
    StandardTimeline,
    TimelinePage,
    file_timeline,
)
from shared.domain import FileCalculator
from shared.domain.events import Event
from tests.builders import CATALOGUE, at, decided, received, reopened, requested, voided

STORY = (
    requested("A", "2025-04-25 10:00"),
    received("A", "2025-04-28 10:00"),
    decided("A", "2025-05-15 09:00", "refused", named="mistake"),
    voided("A", "2025-05-16 09:00", "mistake"),
    decided("A", "2025-05-30 15:00", "refused"),
    reopened("A", "2025-06-03 09:00"),
    requested("A", "2025-06-30 09:00", recorded="2025-06-03 09:00"),
)


def timeline(*events: Event, page: TimelinePage | None = None) -> FileTimeline:
    calculator = FileCalculator(CATALOGUE)
    reading = calculator.read(events, at("2025-06-20 12:00"))
    return file_timeline("A", events, reading, calculator, 6, page)


def of_only_standard(file: FileTimeline) -> StandardTimeline:
    [standard] = file.standards
    return standard


def test_every_event_has_its_fate_the_newest_first():
    fates = [event.fate for event in timeline(*STORY).events]
    assert fates == ["ahead", "stands", "stands", "stands", "voided", "stands", "changed_nothing"]
    by = timeline(*STORY).events[4].by
    assert by is not None and by.data.event_id == "mistake"


def test_cycles_are_shown_the_newest_first():
    file = of_only_standard(timeline(*STORY))
    assert [cycle.state.number for cycle in file.cycles] == [2, 1]
    assert file.current is file.cycles[0]
    assert [grid.first for grid in file.cycles[1].months] == [date(2025, 4, 1), date(2025, 5, 1)]


def test_a_page_shows_the_months_up_to_the_one_asked_for():
    page = TimelinePage(1, date(2024, 7, 1))
    file = timeline(received("A", "2024-01-15"), page=page)
    [cycle] = of_only_standard(file).cycles
    assert cycle.months[-1].first == date(2024, 7, 1)
    assert cycle.earlier is None and cycle.later is not None


def test_a_file_without_a_reception_has_events_only():
    file = timeline(STORY[0])
    assert (file.opening, file.standards, len(file.events)) == (None, [], 1)
