"""What is over ends in every Alertmanager, whatever got lost on the way there; what is somebody else's is left alone.

A temporary selection received on Monday 28 April 2025 is at risk from 20 May.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
from msgspec.structs import replace

from services.compliance.alerts.law import CatalogueAlerts
from services.compliance.alerts.tables import alert_deliveries
from services.compliance.notifications.alertmanager.client import Alertmanager
from services.compliance.notifications.alertmanager.pusher import INTERVAL
from services.compliance.notifications.messages import (
    BREACH,
    CATALOGUE_CHANGE,
    AlertMessage,
    AlertMessages,
)
from shared.process import runner
from tests.builders import CATALOGUE, decided, received, voided
from tests.services.compliance.alertmanagers import Memory
from tests.services.compliance.offices import office, published
from tests.services.world import world

AT_RISK = "2025-05-20 08:00"


async def test_what_ended_while_its_delivery_was_not_noted_is_ended_all_the_same(
    tmp_path: Path,
) -> None:
    """Pushed, then a crash; decided meanwhile, and published by a process that knows no Alertmanager."""
    replica = Memory()
    async with world(tmp_path) as known:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        async with office(known, replica) as staff:
            await staff.turn()
            await staff.lease.release()
        async with known.embedded.database.transaction() as connection:
            await connection.execute(alert_deliveries.delete())
        await known.live(decided("A", AT_RISK))
        async with office(known) as staff:
            at = await staff.turn()
            await staff.lease.release()
        assert replica.active(at) == {("A", "at_risk"): 1}
        async with office(known, replica) as staff:
            at = await staff.turn()
            assert replica.active(at) == {}


async def test_a_file_moved_to_its_right_unit_leaves_no_alert_under_the_wrong_one(
    tmp_path: Path,
) -> None:
    replica = Memory()
    wrong = received("A", "2025-04-28 10:00")
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(wrong, until=AT_RISK)
        await staff.turn()
        right = received("A", "2025-04-28 10:00", unit="laval", named="right")
        await known.live(voided("A", AT_RISK, wrong.id), right)
        at = await staff.turn(INTERVAL)
        assert replica.units(at) == ["laval"]


async def test_alerts_that_the_database_does_not_know_are_left_alone(tmp_path: Path) -> None:
    """Another installation tells the same Alertmanager, with files and summaries of its own."""
    replica = Memory()
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        await staff.turn()
        others, now = AlertMessages(CATALOGUE, "https://other.example.org"), known.now()
        [alert] = await published(known)
        theirs = others.breach(replace(alert, file_id="elsewhere"), None, now)
        replica.hold(
            theirs, *others.summaries([CatalogueAlerts("laval", "caq-etudes", 3, now)]), at=now
        )
        at = await staff.turn(INTERVAL)
        assert replica.active(at) == {
            ("A", "at_risk"): 1,
            ("elsewhere", "at_risk"): 1,
            (CATALOGUE_CHANGE, ""): 1,
        }


async def test_what_ended_on_a_clock_that_runs_ahead_is_over_at_once() -> None:
    replica, at = Memory(), runner.now()
    names = {"alertname": BREACH, "file": "A", "stage": "critical", "unit": "laval"}
    notice = AlertMessage(names, {"list": "https://e.example.org/worklist"}, at + timedelta(days=1))
    async with httpx.AsyncClient(transport=replica) as client:
        await Alertmanager("http://alertmanager", client).push([notice], at, at + timedelta(days=1))
    assert replica.active(at) == {}
