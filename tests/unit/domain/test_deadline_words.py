"""What remains in words; a limit in business days can run out on a Friday and be exceeded on Monday only."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import DayUnit, deadline_words
from shared.text import Language, formats
from tests.unit.domain.standards import calendar


@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 1)),
    st.integers(1, 40),
    st.integers(-3, 60),
    st.sampled_from(("fr", "en")),
)
def test_the_limit_has_run_out_between_the_last_day_and_the_first_late_one(
    start: date, limit: int, later: int, spoken: Language
) -> None:
    legal = calendar("qc-legal")
    due_on = legal.advance(start, limit)
    late_from = legal.advance(due_on, 1)
    today = date.fromordinal(due_on.toordinal() + later)
    found = deadline_words.run_out(due_on, late_from, today)
    assert (found == late_from) == (due_on < today < late_from)
    if found is not None:
        assert not legal.is_business_day(today)
        told = deadline_words.remaining(0, "business_days", found, spoken)
        assert formats.weekday(late_from, spoken) in told and "aujourd’hui" not in told


@pytest.mark.parametrize(
    ("days", "unit", "french", "english"),
    [
        (2, "business_days", "2 jours ouvrables", "2 business days"),
        (1, "civil_days", "1 jour civil", "1 civil day"),
        (0, "business_days", "dernier jour\u00a0: aujourd’hui", "last day: today"),
        (-1, "business_days", "1 jour ouvrable de retard", "1 business day late"),
        (-1200, "civil_days", "1\u00a0200 jours civils de retard", "1,200 civil days late"),
    ],
)
def test_what_remains_is_said_in_its_unit(
    days: int, unit: DayUnit, french: str, english: str
) -> None:
    assert deadline_words.remaining(days, unit, None, "fr") == french
    assert deadline_words.remaining(days, unit, None, "en") == english


def test_the_first_of_a_month_is_said_as_french_does() -> None:
    told = deadline_words.run_out_words(date(2026, 12, 1), "fr")
    assert told.endswith("à compter du mardi 1er décembre")
