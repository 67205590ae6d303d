"""The digest of a unit: how urgent a file is, and what the month is at worst."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.compliance.notifications.digest.digest import Urgent, digest, month_of, urgency_of
from services.compliance.projection.tally_scope import OpenDay, TallySums
from tests.builders import CATALOGUE, decided, received, requested, snapshot


def open_due(unit: str, day: date, files: int) -> OpenDay:
    return OpenDay("courriel", unit, "open_due", day.toordinal(), "open", files)


NOTHING_URGENT = Urgent(Counter(), ())


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2025-05-06", None),
        ("2025-05-26", "critical"),
        ("2025-05-27", "last_day"),
        ("2025-05-28", "overdue"),
    ],
)
def test_an_open_file_due_on_the_27th_is_counted_in_one_column(
    today: str, expected: str | None
) -> None:
    state = snapshot(received("A", "2025-04-28"), now=f"{today} 09:00").cycles[-1]
    assert state.due_on == date(2025, 5, 27)
    assert urgency_of(state, date.fromisoformat(today)) == expected


def test_a_file_that_waits_or_was_decided_is_not_urgent() -> None:
    begun = received("A", "2025-04-28")
    for event in (requested("A", "2025-05-26"), decided("A", "2025-05-26")):
        state = snapshot(begun, event, now="2025-05-28").cycles[-1]
        assert urgency_of(state, date(2025, 5, 28)) is None


def test_at_worst_what_is_open_and_due_this_month_is_late() -> None:
    today = date(2025, 5, 20)
    running = [
        open_due("laval", date(2025, 5, 27), 2),
        open_due("laval", date(2025, 6, 3), 5),
        open_due("quebec", date(2025, 5, 27), 7),
    ]
    decided_so_far: TallySums = {("courriel", "laval"): {"due": {"on_time": 3, "late": 1}}}
    found = digest(CATALOGUE, "laval", today, NOTHING_URGENT, running, decided_so_far)
    assert found is not None
    [line] = found.lines
    assert line.month.ratio == 0.75
    assert line.worst.ratio == 0.5
    assert digest(CATALOGUE, "estrie", today, NOTHING_URGENT, running, decided_so_far) is None


def test_a_month_ends_on_its_last_day() -> None:
    assert month_of(date(2024, 2, 10)) == (date(2024, 2, 1), date(2024, 2, 29))
