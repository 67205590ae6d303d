"""Which changes are stored beside the figures: those known after the day they are about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance.attainment.queries import EVERYTHING
from services.compliance.projection.corrections import NOT_MEASURED
from services.compliance.projection.known_changes import (
    KNOWN_BASES,
    concerns_past,
    known_at,
    known_cells,
    local_ordinal,
    superseded,
)
from services.compliance.projection.snapshot_tallies import NO_DAY, TIER_BASES, Basis, TallyKey
from tests.builders import ZONE, at, decided, received, snapshot

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 9, 10).toordinal()
ROW = "caq-etudes", "laval", DAY - 9, DAY, DAY + 20, "on_time", 7, 9


def is_stored(basis: Basis, day: int, known_on: int) -> bool:
    return bool(known_cells({known_on: {("s", basis, day, "u", "on_time"): 1}}))


def test_a_decision_known_on_its_day_is_not_stored():
    assert not is_stored("decided", DAY, DAY)
    assert is_stored("decided", DAY, DAY + 1)


def test_files_due_on_a_day_are_counted_from_the_next():
    assert not is_stored("due", DAY, DAY + 1)
    assert is_stored("due", DAY, DAY + 2)


def test_of_what_is_open_the_stages_are_stored_and_the_days_are_not():
    assert is_stored("open", NO_DAY, DAY)
    assert not is_stored("open_due", DAY, DAY + 9)


def test_a_late_change_is_stored_once_for_its_unit():
    cells = known_cells({DAY + 3: {("s", "decided", DAY, "u", "late"): 2}})
    assert cells == {("decided", "s", "u", DAY, DAY + 3, "late"): 2}


def test_what_is_never_asked_for_as_known_is_not_stored():
    stored = {basis for basis in get_args(Basis) if is_stored(basis, DAY, DAY + 9)}
    assert stored == {*KNOWN_BASES} == {*EVERYTHING, *TIER_BASES, "open"}


def test_a_file_is_noted_where_a_day_of_a_cycle_is_past():
    for known_on, late in ((DAY, False), (DAY + 1, True)):
        assert concerns_past(ROW, known_on) == late
    overdue = (*ROW[:3], None, DAY + 20, "overdue", None, None)
    for known_on, late in ((DAY + 21, False), (DAY + 22, True)):
        assert concerns_past(overdue, known_on) == late


def test_changes_that_cancel_over_units_are_left_out():
    moved: dict[TallyKey, int] = {
        ("s", "open", 0, "u", "overdue"): -1,
        ("s", "open", 0, "v", "overdue"): 1,
    }
    assert {unit for _, _, unit, *_ in known_cells({DAY: moved})} == {"u", "v"}


def test_the_row_before_a_late_change_is_stored():
    late = (*ROW[:5], "late", 7, 9)
    assert superseded(None, ROW, DAY) is None
    assert superseded(ROW, late, DAY) is None
    assert superseded(ROW, late, DAY + 1) == ROW
    gone = ROW[0], ROW[1], ROW[2], None, None, NOT_MEASURED, None, None
    assert superseded(None, ROW, DAY + 1) == gone
    assert superseded(ROW, gone, DAY + 1) == ROW
    assert superseded(gone, gone, DAY + 90) is None
    untold = (*ROW[:6], None, None)
    assert superseded(untold, ROW, DAY + 90) is None
    assert superseded((*ROW[:6], 8, 9), ROW, DAY + 90) == (*ROW[:6], 8, 9)


def test_a_first_snapshot_is_known_when_its_last_event_was_recorded():
    story = (
        received("A", "2026-09-01 09:00"),
        decided("A", "2026-09-10 09:00", recorded="2026-09-12 09:00"),
    )
    after = snapshot(*story, now="2026-09-20")
    assert known_at(None, after, at("2026-09-20")) == at("2026-09-12 09:00")


def test_a_crossing_is_known_when_it_comes():
    story = (received("A", "2026-09-01 09:00"),)
    before, after = snapshot(*story, now="2026-09-02"), snapshot(*story, now="2026-12-01")
    assert known_at(before, after, at("2026-12-01")) == after.crossed_at < at("2026-12-01")


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 31_536_000).map(lambda seconds: YEAR + timedelta(seconds=seconds)),
    st.sampled_from([ZONE, ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Chatham"), UTC]),
)
def test_a_local_day_is_that_of_the_zone(instant, zone):
    assert local_ordinal(instant, zone) == instant.astimezone(zone).date().toordinal()
    midnight = datetime(2026, 3, 9, tzinfo=zone)
    for offset in (-1, 0, 1):
        near = (midnight + timedelta(microseconds=offset)).astimezone(UTC)
        assert local_ordinal(near, zone) == near.astimezone(zone).date().toordinal()
