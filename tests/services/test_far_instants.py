"""A history that has an event of the year 1 or of 9999, as earlier versions took them, opens everywhere; so does any moment asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.clock.tables import clock_files
from shared.domain import cycles
from shared.domain.events import Event, encode
from tests.builders import SOURCE, decided, received, voided
from tests.services.world import Site, World, site, world

MOMENTS = [
    "0001-01-01",
    "0001-01-01T00:00:00Z",
    "2009-12-31",
    "2051-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59.999999Z",
]
OWN = received("A", "2025-04-28 10:00")
ENDS = {1: datetime.min.replace(tzinfo=UTC), 9999: datetime.max.replace(tzinfo=UTC)}
"""The first and the last instant that there is."""
FAR: dict[str, Event] = {
    "decided": decided("A", "2025-04-29"),
    "voided": voided("A", "2025-04-29", OWN.id),
    "received": received("A", "2025-04-29", unit="laval"),
}


def far(kind: str, year: int, source: str) -> Event:
    recorded = OWN.recorded_at + timedelta(minutes=1)
    return replace(FAR[kind], source=source, time=ENDS[year], recorded_at=recorded)


@asynccontextmanager
async def stored(folder: Path, *events: Event) -> AsyncIterator[tuple[World, Site]]:
    """A file with a history that is not taken any more, put where an earlier version would have left it."""
    async with world(folder, "2025-05-06 12:00") as known, site(known) as web:
        await known.live(OWN)
        history = encode(cycles.history([OWN, *events]))
        async with known.embedded.database.transaction() as connection:
            await connection.execute(clock_files.update().values(history=history))
        yield known, web


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize("kind", ["decided", "voided", "received"])
@pytest.mark.parametrize("source", [SOURCE, "urn:evil"])
async def test_a_file_with_an_event_of_a_far_year_opens(
    kind: str, year: int, source: str, tmp_path: Path
) -> None:
    opening = kind == "received" and year == 1 and source == SOURCE
    async with stored(tmp_path, far(kind, year, source)) as (_, web):
        for language in ("fr", "en"):
            for address in ("/files/A", "/v1/files/A", "/v1/files/A/ledger", "/v1/files/A/events"):
                answer = await web.get(address, headers={"accept-language": language})
                assert answer.status_code == (
                    422 if opening and "events" not in address else 200
                ), address


@pytest.mark.parametrize("moment", MOMENTS)
async def test_no_moment_asked_about_is_an_error_of_ours(moment: str, tmp_path: Path) -> None:
    async with stored(tmp_path, far("decided", 1, SOURCE)) as (_, web):
        for address in ("/v1/files/A", "/v1/files/A/ledger"):
            assert (await web.get(address, at=moment)).status_code in (200, 422)
        for address in ("/v1/files/A", "/v1/files/A/ledger", "/v1/files/A/events"):
            assert (await web.get(address, known_at=moment)).status_code in (200, 404, 422)
        asked = {"standard": "caq-etudes", "received": moment}
        assert (await web.get("/v1/deadline", **asked)).status_code in (200, 422)
        assert (await web.get("/calculator", **asked)).status_code in (200, 422)
        assert (await web.get("/files/A", month=moment[:7])).status_code in (200, 422)
