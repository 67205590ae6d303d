"""How the board says days and moments."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from services.compliance.board.translator import Translator
from shared.text.texts import Language
from tests.builders import at

MONTREAL = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("language", "moment", "short"),
    [
        ("fr", "1er juin 2026, 09\u00a0h\u00a000", "1er juin 2026, 09\u00a0h\u00a000"),
        ("en", "June 1, 2026, 09:00", "Jun 1, 2026, 09:00"),
    ],
)
def test_the_first_of_a_month_is_said_as_the_language_says_it(
    language: Language, moment: str, short: str
) -> None:
    translator = Translator(language, {}, MONTREAL)
    assert translator.moment(at("2026-06-01 09:00")) == moment
    assert translator.short_moment(at("2026-06-01 09:00")) == short


def test_the_local_day_decides_which_is_the_first() -> None:
    late_in_may = at("2026-05-31 23:30")  # the first of June in UTC
    assert Translator("fr", {}, MONTREAL).moment(late_in_may).startswith("31 mai 2026")


@pytest.mark.parametrize(
    ("later", "days"), [("2026-11-18 23:59", 0), ("2026-11-19 00:00", 1), ("2026-11-20 08:00", 2)]
)
def test_how_much_later_is_counted_in_midnights(later: str, days: int) -> None:
    assert Translator("fr", {}, MONTREAL).days_between(at("2026-11-18 11:00"), at(later)) == days
