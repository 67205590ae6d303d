"""From committed alerts to the log and to every Alertmanager: at once, again each minute, whatever fails in between;
what is over ends everywhere, and what is somebody else's is left alone.

A temporary selection received on Monday 28 April 2025 is at risk from 20 May and critical from 23 May.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from services.compliance.alerts.delivery_log import DeliveryLog
from services.compliance.alerts.law import CatalogueAlerts
from services.compliance.alerts.lists import AlertFilter
from services.compliance.alerts.tables import alert_deliveries
from services.compliance.notifications.alertmanager.client import Alertmanager
from services.compliance.notifications.alertmanager.pusher import BATCH_ALERTS, INTERVAL
from services.compliance.notifications.messages import (
    BREACH,
    CATALOGUE_CHANGE,
    AlertMessage,
    AlertMessages,
)
from services.compliance.notifications.service import LEASE
from shared.process import runner
from tests.builders import CATALOGUE, decided, received, requested, revised, voided
from tests.services.compliance.alertmanagers import Memory
from tests.services.compliance.offices import office, published
from tests.services.scrape import scraped
from tests.services.world import world

AT_RISK = "2025-05-20 08:00"
AT_RISK_SINCE = {"caq-etudes": "2025-04-28", "plainte": "2025-05-05"}
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def test_what_is_raised_is_published_and_told_at_the_next_turn_and_then_not_again(
    tmp_path: Path,
) -> None:
    replica = Memory()
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        at = await staff.turn()
        assert replica.active(at) == {("A", "at_risk"): 1}
        [record] = await published(known)
        assert (record.file_id, record.stage, record.active) == ("A", "at_risk", True)
        await staff.turn()
        assert len(await published(known)) == len(replica.requests) == 1
        await known.live(received("B", "2025-04-28"))
        await staff.turn()
        assert [len(request) for request in replica.requests] == [1, 1]


async def test_everything_active_is_told_again_each_interval_with_an_end_a_day_ahead(
    tmp_path: Path,
) -> None:
    replica = Memory()
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        at = began = await staff.turn()
        for _ in range(10):
            at = await staff.turn(MINUTE)
        assert len(replica.requests) == 11
        assert replica.active(at + DAY - MINUTE / 2) == {("A", "at_risk"): 1}
        assert replica.active(at + DAY) == {}
        assert replica.started() == [began]
        replica.forget()
        at = await staff.turn(INTERVAL)
        assert replica.active(at) == {("A", "at_risk"): 1}


async def test_a_decided_or_waiting_file_resolves_its_alert_with_an_explicit_end(
    tmp_path: Path,
) -> None:
    replica = Memory()
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(received("A", "2025-04-28"), received("B", "2025-04-28"), until=AT_RISK)
        await staff.turn()
        await known.live(decided("A", "2025-05-20 09:00"), requested("B", "2025-05-20 09:00"))
        await known.live(until="2025-05-20 09:00")
        at = await staff.turn()
        assert replica.active(at) == {}
        resolved = {record.file_id: record.resolved_why for record in (await published(known))[2:]}
        assert resolved == {"A": "decided", "B": "waiting"}


async def test_an_hour_without_a_replica_loses_no_alert_resolves_none_and_keeps_the_other_told(
    tmp_path: Path,
) -> None:
    lost, kept = Memory(), Memory()
    async with world(tmp_path) as known, office(known, lost, kept) as staff:
        await known.live(received("A", "2025-04-28"), received("B", "2025-04-28"), until=AT_RISK)
        at = await staff.turn()
        before = {("A", "at_risk"): 1, ("B", "at_risk"): 1}
        lost.down = True
        tries = 0
        for minute in range(60):
            event = [received(f"N{minute}", "2025-04-28")] if minute % 20 == 0 else []
            await known.live(*event)
            at = await staff.turn(MINUTE)
            tries = staff.notifier.pushers[0].failures
            assert lost.active(at) == before
        await known.live(decided("B", AT_RISK))
        at = await staff.turn(MINUTE)
        expected = {(name, "at_risk"): 1 for name in ("A", "N0", "N20", "N40")}
        assert kept.active(at) == expected
        assert tries > 10
        failing, well = staff.notifier.pushers
        assert failing.success_at and well.success_at == at
        assert at - failing.success_at > 55 * MINUTE
        active = await staff.store.page(AlertFilter(active=True), None, 10)
        assert {one.alert.file_id for one in active} == {"A", "N0", "N20", "N40"}
        lost.down = False
        at = await staff.turn(MINUTE)
        assert lost.active(at) == expected
        assert lost.started().count(at) == 3  # of those it knew, it was told of no second beginning


async def test_what_each_alertmanager_takes_is_told_without_its_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost, kept = Memory(), Memory()
    async with world(tmp_path) as known, office(known, lost, kept) as staff:

        def told(series: str, replica: int, **labels: str) -> float | None:
            name = f"alertmanager-{replica}:9093"
            return scraped(staff.metrics).of(f"echeance_{series}", alertmanager=name, **labels)

        def taken(replica: int) -> float | None:
            return told("alert_push_success_timestamp_seconds", replica)

        assert scraped(staff.metrics).of("echeance_alertmanagers") == 2
        assert [taken(0), taken(1)] == [0, 0]
        began = await staff.turn()
        assert [taken(0), taken(1)] == [began.timestamp()] * 2
        lost.down = True
        at = began
        for _ in range(5):
            at = await staff.turn(MINUTE)
        assert [taken(0), taken(1)] == [began.timestamp(), at.timestamp()]
        pushes = [told("alert_pushes_total", 1, outcome=one) for one in ("success", "failure")]
        assert pushes == [6, 0]
        pushes = [told("alert_pushes_total", 0, outcome=one) for one in ("success", "failure")]
        assert pushes == [1, 5]
    warned = [
        one.getMessage()
        for one in caplog.records
        if one.levelname == "WARNING" and one.name == "echeance.alerts"
    ]
    assert len(warned) == 5
    assert all(one.startswith("alertmanager-0:9093 does not take alerts: ") for one in warned)


async def test_where_nothing_is_active_an_alertmanager_is_still_asked_whether_it_is_there(
    tmp_path: Path,
) -> None:
    replica = Memory()
    async with world(tmp_path) as known, office(known, replica) as staff:
        [pusher] = staff.notifier.pushers
        at = await staff.turn()
        assert pusher.success_at == at
        at = await staff.turn(MINUTE)
        assert pusher.success_at == at
        replica.down = True
        await staff.turn(MINUTE)
        assert (pusher.success_at, pusher.failures) == (at, 1)


async def test_a_replica_that_answers_an_error_is_tried_again_later_and_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    replica = Memory()
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        replica.refusing = True
        [pusher] = staff.notifier.pushers
        for _ in range(30):
            await staff.turn(timedelta(seconds=1))
        assert pusher.failures == 4  # after 0, 2, 6 and 14 seconds
        replica.refusing = False
        with caplog.at_level("INFO", logger="echeance.alerts"):
            caplog.clear()
            at = await staff.turn(MINUTE)
            await staff.turn(MINUTE)
        assert replica.active(at) == {("A", "at_risk"): 1}
        assert pusher.failures == 0
    assert [one.getMessage() for one in caplog.records if one.name == "echeance.alerts"] == [
        "alertmanager-0:9093 takes alerts again (failures before: 4)"
    ]


async def test_a_unit_stands_in_one_request_unless_it_has_more_than_one_holds(
    tmp_path: Path,
) -> None:
    replica = Memory()
    sizes = {"montreal": 480, "laval": 480, "quebec": 480, "estrie": BATCH_ALERTS + 100}
    files = [
        received(f"{unit}-{number}", day, unit=unit, standard=standard)
        for unit, files in sizes.items()
        for number in range(files)
        for standard, day in [list(AT_RISK_SINCE.items())[number % 2]]
    ]
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(*files, until=AT_RISK)
        await staff.turn()
        first = list(replica.requests)
        replica.requests.clear()
        at = await staff.turn(INTERVAL)
        assert sum(replica.active(at).values()) == len(files)
    again = replica.requests
    assert max(len(request) for request in [*first, *again]) <= BATCH_ALERTS
    assert sum(len(request) for request in again) == len(files)
    for unit in ("montreal", "laval", "quebec"):
        places = [
            index
            for index, request in enumerate(again)
            if any(one["labels"]["unit"] == unit for one in request)
        ]
        assert len(places) == 1, unit


async def test_one_process_delivers_and_another_takes_over_when_its_lease_has_expired_or_is_released(
    tmp_path: Path,
) -> None:
    first, second = Memory(), Memory()
    async with (
        world(tmp_path) as known,
        office(known, first, name="first") as working,
        office(known, second, name="second") as standing_by,
    ):
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        await working.turn()
        await standing_by.turn()
        assert (len(first.requests), len(second.requests)) == (1, 0)
        delivered = scraped(standing_by.metrics).each(
            "echeance_alert_push_success_timestamp_seconds"
        )
        assert set(delivered.values()) == {0}
        await standing_by.turn(LEASE - timedelta(seconds=1))
        assert not standing_by.notifier.is_leader
        at = await standing_by.turn(LEASE)
        assert standing_by.notifier.is_leader
        assert second.active(at) == {("A", "at_risk"): 1}
        await working.turn(2 * LEASE)
        assert not working.notifier.is_leader
        assert len(await published(known)) == 1
        await standing_by.lease.release()
        await working.turn(LEASE / 3)
        assert working.notifier.is_leader


async def test_a_crash_before_it_was_noted_publishes_the_same_alerts_again(tmp_path: Path) -> None:
    async with world(tmp_path) as known:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        async with office(known) as staff:
            await staff.turn()
        await DeliveryLog(known.embedded.database).record_published({0: 0, 1: 0})
        async with office(known) as staff:
            await staff.turn()
        once, again = await published(known)
    assert once == again


async def test_when_an_alert_was_first_delivered_is_kept(tmp_path: Path) -> None:
    replica = Memory()
    replica.down = True
    async with world(tmp_path) as known, office(known, replica) as staff:
        await known.live(received("A", "2025-04-28"), until=AT_RISK)
        await staff.turn()
        [listed] = await staff.store.page(AlertFilter(), None, 10)
        assert listed.delivered_at is None
        replica.down = False
        delivered_at = await staff.turn(MINUTE)
        await staff.turn(INTERVAL)
        [listed] = await staff.store.page(AlertFilter(), None, 10)
        assert listed.delivered_at == delivered_at


async def test_what_a_new_catalogue_moves_is_told_as_one_summary_for_each_unit(
    tmp_path: Path,
) -> None:
    files = [
        received(f"{unit}-{number}", "2025-04-28", unit=unit)
        for unit in ("laval", "quebec")
        for number in range(30)
    ]
    async with world(tmp_path) as known:
        await known.live(*files, until="2025-05-15 08:00")
    wider = revised(2, ("at_risk: 5, critical: 2}", "at_risk: 9, critical: 2}"))
    replica = Memory()
    async with (
        world(tmp_path, "2025-05-15 09:00", catalogue=wider) as known,
        office(known, replica) as staff,
    ):
        await staff.turn()
        await known.live()
        at = await staff.turn()
        assert replica.active(at) == {(CATALOGUE_CHANGE, ""): 2}
        [told] = [one for one in replica.requests[-1] if one["labels"]["unit"] == "laval"]
        assert told["annotations"]["alerts"] == "30"
        assert "30 dossiers ont changé d’étape" in told["annotations"]["summary_fr"]
        assert told["labels"]["revision"] == str(wider.revision)
        assert len(await published(known)) == 60
        at = await staff.turn(INTERVAL)
        assert replica.active(at) == {(CATALOGUE_CHANGE, ""): 2}
        await known.live(*(decided(f"laval-{n}", "2025-05-15 10:00") for n in range(30)))
        await known.live(until="2025-05-15 10:30")
        at = await staff.turn(INTERVAL)
        assert replica.units(at) == ["quebec"]


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
