"""A fiscal year that begins on another day than 1 April, and a revision of the catalogue that moves it."""

from __future__ import annotations

from pathlib import Path

from services.compliance.attainment import measures
from services.compliance.periods import parse_period
from services.compliance.projection import TallyScope
from shared.domain.catalogue import Catalogue, load_catalogue_text
from tests.builders import CATALOGUE, TEXT, decided, received
from tests.services.world import World, site, world


def beginning(day: str, revision: int = 0) -> Catalogue:
    """The shipped catalogue with fiscal years that begin on a day (``07-01``)."""
    number = f"revision: {CATALOGUE.revision + revision}\n"
    text = TEXT.replace(f"revision: {CATALOGUE.revision}\n", number, 1)
    return load_catalogue_text(f'{text}\nfiscal_year_begins: "{day}"\n', "moved.yaml")


STORY = [
    event
    for number, day in enumerate(["2025-06-27", "2025-07-04", "2026-06-26", "2026-07-03"])
    for event in (received(f"F{number}", "2025-06-02"), decided(f"F{number}", day))
]


async def measured(known: World, catalogue: Catalogue, written: str) -> tuple[str, int]:
    today = catalogue.local_day(known.now())
    period = parse_period(written, today, catalogue.fiscal_year_start)
    scope = TallyScope(["caq-etudes"], None)
    [row] = await measures(known.embedded.database, catalogue, period, today, scope)
    return period.name, row.decided.measured


async def test_a_revision_that_moves_the_fiscal_year_changes_every_figure_of_it(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "2026-07-10") as known:
        await known.live(*STORY)
        assert await measured(known, CATALOGUE, "fiscal-year") == ("2026-2027", 2)
        assert await measured(known, CATALOGUE, "2025-2026") == ("2025-2026", 2)
    moved = beginning("07-01", revision=1)
    async with world(tmp_path, "2026-07-10", catalogue=moved) as known, site(known) as web:
        await known.live()
        assert await measured(known, moved, "fiscal-year") == ("2026-2027", 1)
        assert await measured(known, moved, "2025-2026") == ("2025-2026", 2)
        assert await measured(known, moved, "2024-2025") == ("2024-2025", 1)
        report = await web.json("/v1/report", fiscal_year="2025-2026", audience="public")
        assert (report["first"], report["last"]) == ("2025-07-01", "2026-06-30")


async def test_a_fiscal_year_that_is_the_civil_year_is_named_as_it_is(tmp_path: Path) -> None:
    catalogue = beginning("01-01")
    async with world(tmp_path, "2026-07-10", catalogue=catalogue) as known, site(known) as web:
        await known.live(*STORY)
        answer = await web.json("/v1/attainment", standard="caq-etudes", period="fiscal-year")
        assert (answer["period"], answer["rows"][0]["measured"]) == ("2026", 2)
        assert await measured(known, catalogue, "2025") == ("2025", 2)
        assert await web.refused("/v1/attainment", period="2025-2026") == (422, "bad-period")
