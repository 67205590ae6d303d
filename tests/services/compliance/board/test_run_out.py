"""A limit in business days that ran out on Friday is exceeded on Monday: on Saturday and Sunday a file is not late, and nothing is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import DayUnit, deadline_words
from shared.text import formats
from shared.text.texts import Language
from tests.builders import CATALOGUE, received
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import World, site, world

ON_A_SATURDAY = "2026-11-28 10:00"
SAID = {
    "fr": "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre",
    "en": "the limit has run out; late from Monday 30 November",
}


async def due_on_friday(known: World) -> None:
    """An e-mail and a request that are due on Friday 27 November 2026, and an e-mail that is due on Monday."""
    calendar = CATALOGUE.calendar("qc-legal")
    day = calendar.retreat(date(2026, 11, 27), 20)
    await known.live(
        received("MAIL", "2026-11-25 09:00", standard="courriel"),
        received("CAQ", f"{day} 09:00", standard="caq-etudes"),
        received("LATER", "2026-11-26 09:00", standard="courriel"),
        until=ON_A_SATURDAY,
    )


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_every_place_says_from_when_the_file_is_late(
    tmp_path: Path, spoken: Language
) -> None:
    async with world(tmp_path, "2026-11-01") as known, site(known) as web:
        await due_on_friday(known)
        page = words((await shown(web, f"/worklist?lang={spoken}")).text)
        csv = sheet(await shown(web, "/worklist.csv"), ";" if spoken == "fr" else ",")
        file = words((await shown(web, "/files/MAIL")).text)
    assert page.count(SAID[spoken]) == 2
    column = "Reste" if spoken == "fr" else "Remaining"
    assert {row["Dossier" if spoken == "fr" else "File"]: row[column] for row in csv} == {
        "MAIL": SAID[spoken],
        "CAQ": SAID[spoken],
        "LATER": "1 jour ouvrable" if spoken == "fr" else "1 business day",
    }
    assert SAID[spoken][1:] in file
    assert "À décider au plus tard" not in file and "To be decided by" not in file


async def test_on_the_day_itself_it_is_the_last_day_and_on_monday_it_is_late(
    tmp_path: Path,
) -> None:
    said = []
    async with world(tmp_path, "2026-11-01") as known, site(known) as web:
        await due_on_friday(known)
        for moment in ("2026-11-29 23:59", "2026-11-30 00:00"):
            await known.live(until=moment)
            said.append(words((await shown(web, "/worklist?standard=caq-etudes")).text))
    assert SAID["fr"] in said[0] and "1 jour ouvrable de retard" in said[1]


@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 1)),
    st.integers(1, 40),
    st.integers(-3, 60),
    st.sampled_from(("fr", "en")),
)
def test_the_limit_has_run_out_between_the_last_day_and_the_first_late_one(
    start: date, limit: int, later: int, spoken: Language
) -> None:
    calendar = CATALOGUE.calendar("qc-legal")
    due_on = calendar.advance(start, limit)
    late_from = calendar.advance(due_on, 1)
    today = date.fromordinal(due_on.toordinal() + later)
    found = deadline_words.run_out(due_on, late_from, today)
    assert (found == late_from) == (due_on < today < late_from)
    if found is not None:
        assert not calendar.is_business_day(today)
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
