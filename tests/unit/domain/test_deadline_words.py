"""What remains in words."""

from __future__ import annotations

from datetime import date

import pytest

from shared.domain import DayUnit, deadline_words


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


def test_in_a_column_of_its_unit_a_number_is_enough() -> None:
    words = deadline_words.remaining_number
    assert words(2, "business_days", None, "fr") == "2"
    assert words(-1200, "civil_days", None, "fr") == "1\u00a0200 de retard"
    assert words(-3, "business_days", None, "en") == "3 late"
    assert words(0, "business_days", None, "en") == "last day: today"
    assert words(-3_600, "seconds", None, "en") == "1\u00a0h late"


def test_the_first_of_a_month_is_said_as_french_does() -> None:
    told = deadline_words.run_out_words(date(2026, 12, 1), "fr")
    assert told.endswith("à compter du mardi 1er décembre")


def test_a_mean_has_a_tenth_of_a_day_and_time_its_own_units() -> None:
    assert deadline_words.mean_amount(4.333, "business_days", "fr") == "4,3 jours ouvrables"
    assert deadline_words.mean_amount(1.0, "civil_days", "en") == "1 civil day"
    assert deadline_words.mean_amount(150.4, "seconds", "en") == "2\u00a0min\u00a030\u00a0s"
