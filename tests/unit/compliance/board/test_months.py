"""Months as wall calendars: every day once, in the week that it is in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.compliance.board.months import MOST_MONTHS, Around, of_ledger, of_year, window
from shared.domain import LedgerDay, ledger_days
from tests.builders import CATALOGUE

CALENDAR = CATALOGUE.calendar(CATALOGUE.default_calendar)


def days(first: date, number: int) -> list[LedgerDay]:
    """Days that count one each."""
    return [
        LedgerDay(first + timedelta(days=index), 1, 0, index + 1, ledger_days.CivilDay(), ())
        for index in range(number)
    ]


@pytest.mark.parametrize("first_weekday", [0, 6])
def test_a_year_has_every_day_once_in_weeks_of_seven(first_weekday: int):
    months = of_year(CALENDAR, 2026, date(2026, 11, 29), first_weekday)
    weeks = [week for month in months for week in month.weeks]
    cells = [cell for week in weeks for cell in week if cell is not None]
    assert [cell.day for cell in cells] == [
        date(2026, 1, 1) + timedelta(days=index) for index in range(365)
    ]
    for week in weeks:
        for place, cell in enumerate(week):
            assert cell is None or cell.day.weekday() == (first_weekday + place) % 7
    assert [cell.day for cell in cells if cell.today] == [date(2026, 11, 29)]
    off = [day.day for month in months for day in month.days_off]
    assert off == sorted(day for day in CALENDAR.holidays if day.year == 2026)


def test_a_day_is_marked_as_today_due_ahead_or_late():
    around = Around(date(2026, 1, 30), date(2026, 2, 1), 3, 0)
    months = of_ledger(days(date(2026, 1, 29), 5), around)
    cells = [cell for month in months for week in month.weeks for cell in week if cell]
    assert [(cell.today, cell.due, cell.ahead, cell.late) for cell in cells] == [
        (False, False, False, False),
        (True, False, False, False),
        (False, False, True, False),
        (False, True, True, True),
        (False, False, True, True),
    ]
    assert [month.counted for month in months] == [2, 0]


def test_a_long_cycle_is_shown_a_window_of_months_at_a_time():
    cycle = days(date(2024, 1, 15), 700)
    last = window(cycle)
    assert last.days[-1] == cycle[-1] and last.later is None
    assert len({day.day.replace(day=1) for day in last.days}) == MOST_MONTHS
    before = window(cycle, last.earlier)
    assert before.days[0] == cycle[0] and before.earlier is None
    assert before.days[-1].day + timedelta(days=1) == last.days[0].day
