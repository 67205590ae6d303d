"""Delays over HTTP and on pages: of whom a reader may see, of old directories, and what clients are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select, update

from services.clock.tables import clock_files, clock_generations
from services.compliance.delays.clients import FEWEST_FILES
from services.compliance.projection.tables import (
    compliance_files,
    delay_tallies,
    measured_cycles,
    tallies,
)
from shared.domain.events import Event, encode
from shared.domain.records import decode_snapshot
from tests.builders import answered, decided, received, requested, voided, withdrawn
from tests.services.compliance.board.browsing import sheet, shown
from tests.services.world import World, world, world_and_site

NOW = "2026-11-23 12:00"
STOPPED = (
    received("A", "2026-09-28 10:00"),
    requested("A", "2026-09-29 10:00"),
    answered("A", "2026-10-06 10:00"),
    decided("A", "2026-10-09 10:00"),
)
"""Counted on 29 September, 7, 8 and 9 October; nine business days without the wait."""
PLAIN = received("B", "2026-10-01 10:00", unit="laval"), decided("B", "2026-10-08 10:00")
"""Counted 5 days."""
_STUDIES = "Sélection temporaire pour études (CAQ)", "caq-etudes"
WHOLE = *_STUDIES, "toutes les unités", ""
LAVAL, MONTREAL = (*_STUDIES, "Laval", "laval"), (*_STUDIES, "Montréal", "montreal")


async def row(web: Any, **asked: str) -> dict[str, Any]:
    found = await web.json("/v1/delays", standard="caq-etudes", period="2026-10", **asked)
    [only] = found["rows"]
    assert isinstance(only, dict)
    return only


async def test_net_and_gross_of_a_file_that_was_stopped(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STOPPED, *PLAIN) as (_, web):
        found = await row(web)
        assert (found["decided"], found["limit"], found["limit_unit"]) == (2, 20, "business_days")
        assert found["net"] == {"mean": 4.5, "median": 4, "p80": 5, "p90": 5}
        assert found["gross"] == {"mean": 7, "median": 5, "p80": 9, "p90": 9}
        of_laval = await row(web, unit="laval")
        assert (of_laval["unit"], of_laval["net"]["median"]) == ("laval", 5)
        files = await web.json("/v1/attainment/files", standard="caq-etudes")
        assert [(one["file_id"], one["counted"], one["gross"]) for one in files["files"]] == [
            ("B", 5, 5),
            ("A", 4, 9),
        ]
        lines = sheet(await shown(web, "/attainment/delays.csv", standard="caq-etudes"))
        assert [list(line.values()) for line in lines] == [
            [*place, *counts]
            for place, counts in (
                (WHOLE, ("4", "1", "0", "0", "0")),
                (WHOLE, ("5", "1", "0", "1", "0")),
                (WHOLE, ("9", "0", "0", "1", "0")),
                (LAVAL, ("5", "1", "0", "1", "0")),
                (MONTREAL, ("4", "1", "0", "0", "0")),
                (MONTREAL, ("9", "0", "0", "1", "0")),
            )
        ]
        page = (await shown(web, "/attainment/files", standard="caq-etudes")).text
        assert "(brut\u00a09)" in page.replace(" ", "\u00a0")


async def test_a_reader_sees_the_delays_of_their_units(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STOPPED, *PLAIN) as (_, web):
        token = web.units_token("laval")
        for asked in ({}, {"unit": "laval"}):
            found = await row(web, token=token, **asked)
            assert (found["decided"], found["net"]["mean"]) == (1, 5)
        others = await web.json("/v1/delays", unit="montreal", by="unit", token=token)
        assert others["rows"] == []


async def test_a_correction_corrects_the_delays(tmp_path: Path) -> None:
    async with world_and_site(tmp_path, NOW, *STOPPED, *PLAIN) as (known, web):
        await known.live(voided("A", "2026-11-20 10:00", STOPPED[1].id))
        assert (await row(web))["net"] == {"mean": 7, "median": 5, "p80": 9, "p90": 9}
        await known.live(voided("A", "2026-11-21 10:00", STOPPED[3].id))
        found = await row(web)
        assert (found["decided"], found["net"]["mean"]) == (1, 5)


async def forget_gross(known: World) -> None:
    """Have a directory be as a program left it whose snapshots did not say ``gross``."""
    async with known.embedded.database.transaction() as connection:
        table = compliance_files.c
        rows = (await connection.execute(select(table.file_id, table.snapshot))).all()
        for name, stored in rows:
            snapshot = decode_snapshot(stored)
            older = [replace(state, gross=None, stops=()) for state in snapshot.cycles]
            without = encode(replace(snapshot, cycles=tuple(older)))
            changed = update(compliance_files).where(table.file_id == name)
            await connection.execute(changed.values(snapshot=without))
        await connection.execute(delay_tallies.delete())
        of_stops = tallies.c.basis.in_(("stopped", "to_verify", "days_left"))
        await connection.execute(tallies.delete().where(of_stops))
        await connection.execute(update(measured_cycles).values(counted=None, gross=None))
        await connection.execute(update(clock_files).values(digest=0))
        await connection.execute(update(clock_generations).values(snapshot_revision=1))


async def test_the_delays_of_an_older_directory_are_counted_when_it_is_opened(
    tmp_path: Path,
) -> None:
    left_out = received("C", "2026-10-01 10:00"), withdrawn("C", "2026-10-20 10:00")
    async with world(tmp_path, NOW) as known:
        await known.live(*STOPPED, *PLAIN, *left_out)
        right = await known.embedded.compliance.digest()
        await forget_gross(known)
        assert await known.embedded.compliance.digest() != right
    async with world_and_site(tmp_path, NOW) as (known, web):
        await known.live()
        assert await known.embedded.compliance.digest() == right
        assert (await row(web))["net"] == {"mean": 4.5, "median": 4, "p80": 5, "p90": 5}
        files = await web.json("/v1/attainment/files", standard="caq-etudes")
        assert [one["gross"] for one in files["files"]] == [5, 9]


def decided_within(number: int) -> list[Event]:
    """Files of the third quarter that took 1, 2, 3… up to 20 business days, and again."""
    events: list[Event] = []
    for index in range(number):
        day = 7 + index % 20
        events.append(received(f"Q{index}", "2026-08-06 10:00"))
        events.append(decided(f"Q{index}", f"2026-08-{day:02} 16:00"))
    return events


async def test_clients_are_told_of_the_last_quarter_where_enough_was_decided(
    tmp_path: Path,
) -> None:
    asked = {"standard": "caq-etudes", "received": "2026-11-20"}
    events = decided_within(FEWEST_FILES)
    async with world_and_site(tmp_path, NOW, *events[:-1]) as (known, web):
        assert "six demandes sur dix" not in (await shown(web, "/calculator", **asked)).text
        await known.live(events[-1])
        page = (await shown(web, "/calculator", **asked)).text.replace("\u00a0", " ")
        assert "Entre juillet 2026 et septembre 2026, au moins six demandes sur dix" in page
        assert "traitées en 1 à 10 jours ouvrables." in page
        english = (await shown(web, "/calculator", **asked, lang="en")).text
        assert "at least six in ten requests like this one were treated in 1 to 10" in english
