"""A limit in business days that ran out on Friday is exceeded on Monday: on Saturday and Sunday a file is not late, and nothing is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shared.text.texts import Language
from tests.builders import CATALOGUE, received
from tests.services.compliance.board.browsing import sheet, shown, words
from tests.services.world import site, world

ON_A_SATURDAY = "2026-11-28 10:00"
SAID = {
    "fr": "le délai est épuisé\u00a0; en retard à compter du lundi 30 novembre",
    "en": "the limit has run out; late from Monday 30 November",
}


@pytest.mark.parametrize("spoken", ["fr", "en"])
async def test_every_place_says_from_when_the_file_is_late(
    tmp_path: Path, spoken: Language
) -> None:
    """An e-mail and a request are due on Friday 27 November 2026, another e-mail on Monday."""
    twenty_before = CATALOGUE.calendar("qc-legal").retreat(date(2026, 11, 27), 20)
    async with world(tmp_path, "2026-11-01") as known, site(known) as web:
        await known.live(
            received("MAIL", "2026-11-25 09:00", standard="courriel"),
            received("CAQ", f"{twenty_before} 09:00", standard="caq-etudes"),
            received("LATER", "2026-11-26 09:00", standard="courriel"),
            until=ON_A_SATURDAY,
        )
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
