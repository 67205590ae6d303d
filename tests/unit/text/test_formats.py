"""Dates, numbers and percentages in each language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from shared.text import Language, Text, formats

FIRST, MONDAY = date(2026, 12, 1), date(2026, 11, 23)
MONTREAL = ZoneInfo("America/Toronto")
AFTERNOON = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)
DAYS = Text("{n} jour", "{n} day"), Text("{n} jours", "{n} days")


@pytest.mark.parametrize(
    ("written", "fr", "en"),
    [
        (lambda s: formats.day(FIRST, s), "1er décembre 2026", "December 1, 2026"),
        (lambda s: formats.short_day(MONDAY, s), "23 nov. 2026", "Nov 23, 2026"),
        (lambda s: formats.day_of_week(FIRST, s), "mardi 1er décembre", "Tuesday, December 1"),
        (lambda s: formats.month(FIRST, s), "décembre 2026", "December 2026"),
        (lambda s: formats.number(-1234.5, s), "\u22121\u00a0234,5", "\u22121,234.5"),
        (lambda s: formats.hundredths(0.8, s), "0,80", "0.80"),
        (lambda s: formats.percent(Fraction(17, 96), s), "17,71\u00a0%", "17.71%"),
        (lambda s: formats.percent(None, s), "—", "—"),
        (lambda s: formats.target(Fraction(4, 5), s), "80\u00a0%", "80%"),
        (lambda s: formats.day_and_month(MONDAY, s), "23 nov.", "Nov 23"),
        (lambda s: formats.points(Fraction(9, 4), s), "+2,3", "+2.3"),
        (lambda s: formats.points(Fraction(-1234), s), "\u22121\u00a0234,0", "\u22121,234.0"),
        (lambda s: formats.points(Fraction(-1, 50), s), "0,0", "0.0"),
        (lambda s: formats.quantity(0, DAYS, s), "0 jour", "0 days"),
        (lambda s: formats.quantity(1200, DAYS, s), "1\u00a0200 jours", "1,200 days"),
        (lambda s: formats.city("Etc/UTC", s), "UTC", "UTC"),
        (
            lambda s: formats.short_moment(AFTERNOON, MONTREAL, s),
            "23 nov. 2026, 14\u00a0h\u00a005",
            "Nov 23, 2026, 14:05",
        ),
    ],
)
def test_each_language_writes_its_own_way(
    written: Callable[[Language], str], fr: str, en: str
) -> None:
    assert (written("fr"), written("en")) == (fr, en)


def test_percentages_are_rounded_half_up() -> None:
    assert formats.percent(Fraction(88_545, 100_000), "en") == "88.55%"


def test_a_week_begins_on_sunday_in_canada() -> None:
    assert [day.number for day in formats.week("fr")] == [6, 0, 1, 2, 3, 4, 5]
