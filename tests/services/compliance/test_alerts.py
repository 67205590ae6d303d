"""Alerts as the fold stores them: once, whatever is read again, and in the words of the catalogue that holds.

A temporary selection received on Monday 28 April 2025 is at risk from 20 May.
"""

from __future__ import annotations

from pathlib import Path

from services.compliance.alerts.lists import AlertFilter
from services.compliance.alerts.store import AlertStore
from services.compliance.projection.active_alerts import active_alerts
from shared.domain.events import encode
from shared.domain.records import BreachAlert
from shared.log.ports import FILE_CLOCKS, NewRecord
from tests.builders import ZONE, decided, received, revised
from tests.services.world import World, world

RECEIVED = received("A", "2025-04-28")


async def alerts(known: World, file_id: str = "A") -> list[BreachAlert]:
    found = await known.embedded.compliance.alerts([file_id])
    return sorted(found.get(file_id, ()), key=lambda alert: (alert.stage_since, alert.stage))


async def told(known: World, file_id: str = "A") -> list[tuple[str, str, str | None]]:
    """Stage, the local day it began, and why it was resolved if it was."""
    return [
        (alert.stage, f"{alert.stage_since.astimezone(ZONE):%m-%d}", alert.resolved_why)
        for alert in await alerts(known, file_id)
    ]


async def test_a_revision_that_drops_the_thresholds_resolves_what_it_changes(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as known:
        await known.live(RECEIVED, until="2025-05-20 08:00")
    silent = revised(2, ("\n        thresholds: {at_risk: 5, critical: 2}", ""))
    async with world(tmp_path, "2025-05-20 09:00", catalogue=silent) as known:
        await known.live()
        assert await told(known) == [("at_risk", "05-20", "corrected")]


async def test_a_snapshot_told_twice_or_late_changes_no_alert(tmp_path: Path) -> None:
    async with world(tmp_path, partitions=1) as known:
        await known.live(RECEIVED, until="2025-05-20 08:00")
        await known.live(decided("A", "2025-05-20 09:00"), until="2025-05-20 10:00")
        before = await alerts(known)
        told_again = [
            NewRecord(0, b"A", encode(snapshot)) for snapshot in await known.published("A")
        ]
        await known.embedded.log.append(FILE_CLOCKS, told_again)
        await known.live(until="2025-05-21 10:00")
        assert await alerts(known) == before


async def test_a_rebuild_keeps_every_alert_with_its_life(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        await known.live(RECEIVED, received("B", "2025-04-28"), until="2025-05-20 08:00")
        await known.live(decided("B", "2025-05-20 09:00"), until="2025-05-20 10:00")
        before = await alerts(known) + await alerts(known, "B")
        await known.embedded.reset_computed()
        await known.live(until="2025-05-21 10:00")
        assert await alerts(known) + await alerts(known, "B") == before


async def test_what_a_new_catalogue_raises_is_marked_and_what_time_or_an_event_raises_is_not(
    tmp_path: Path,
) -> None:
    """The new revision changes nothing of the e-mails: the first that is told of them under it is what time, or an event, does. The file A
    is at risk by it since the day before."""
    mails = [received(name, "2025-05-14", standard="courriel") for name in ("time", "event")]
    async with world(tmp_path) as known:
        await known.live(RECEIVED, *mails, until="2025-05-15 08:00")
    wider = revised(2, ("at_risk: 5, critical: 2}", "at_risk: 8, critical: 2}"))
    async with world(tmp_path, "2025-05-15 09:00", catalogue=wider) as known:
        store = AlertStore(known.embedded.database)
        await known.live(received("event", "2025-05-12", standard="courriel", named="earlier"))
        await known.live(until="2025-05-16 00:10")
        found = await known.embedded.compliance.alerts(["A", "time", "event"])
        marked = {
            (name, alert.stage): alert.by_catalogue for name in found for alert in found[name]
        }
        assert marked == {
            ("A", "at_risk"): True,
            ("time", "at_risk"): False,
            ("time", "critical"): False,
            ("event", "at_risk"): False,
            ("event", "overdue"): False,
        }
        assert "A" not in [one.alert.file_id async for one in active_alerts(store.database)]
        assert [(one.standard, one.alerts) for one in await store.raised_by_catalogue()] == [
            ("caq-etudes", 1)
        ]
        everything = await store.page(AlertFilter(active=True), None, 10)
        assert {one.alert.file_id for one in everything} == {"A", "time", "event"}
