"""Alerts in pages, and their changes by position, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import cast

from msgspec.structs import replace

from services.compliance.alerts import counts as alert_counts
from services.compliance.alerts import store as alert_store
from services.compliance.alerts.law import STAGES
from services.compliance.alerts.lists import AlertFilter
from services.compliance.alerts.store import AlertStore
from services.compliance.projection.active_alerts import active_alerts
from services.compliance.projection.store import ComplianceStore
from shared.database.engine import Database
from shared.domain.records import AlertStage, BreachAlert
from tests.services.compliance.stored_alerts import NOW, SECOND, alert, write


async def test_an_alert_is_read_back_as_it_was_written(base: Database) -> None:
    store = AlertStore(base)
    bare = replace(alert("B"), by_catalogue=True)
    over = replace(alert("C"), resolved_at=NOW + SECOND, resolved_why="waiting")
    await write(base, 0, 1, alert("A"), bare, over)
    found = await ComplianceStore(base).alerts(["A", "B", "C", "D"])
    assert found == {"A": [alert("A")], "B": [bare], "C": [over]}
    assert [one.alert async for one in active_alerts(store.database)] == [alert("A")]
    assert [(one.unit, one.alerts) for one in await store.raised_by_catalogue()] == [("laval", 1)]


async def test_pages_of_every_choice_are_those_of_a_look_at_all_alerts(base: Database) -> None:
    """Three hundred alerts by chance, many raised at one instant, some resolved later and some moved to another unit."""
    chance = random.Random(2021)
    units, standards = ("laval", "quebec", "estrie"), ("caq-etudes", "plainte")

    def one(number: int) -> BreachAlert:
        raised = alert(f"F{number % 200}", chance.choice(units), minutes=chance.randrange(5))
        stage = chance.choice(STAGES)
        return replace(raised, cycle=number // 200, standard=chance.choice(standards), stage=stage)

    kept = {found.identity: found for found in map(one, range(300))}
    await write(base, 0, 1, *kept.values())
    for position in (2, 3):
        for found in chance.sample(list(kept.values()), 60):
            over = replace(found, resolved_at=NOW + SECOND, resolved_why="decided")
            moved = replace(found, unit=chance.choice(units))
            kept[found.identity] = chance.choice((over, moved))
        await write(base, 0, position, *kept.values())
    store = AlertStore(base)
    everything = sorted(kept.values(), key=alert_store.cursor, reverse=True)
    for active, standard, unit, stage, since, seen in product(
        (None, True, False),
        (None, "plainte"),
        (None, "laval"),
        cast("tuple[AlertStage | None, ...]", (None, "critical")),
        (None, NOW + 120 * SECOND),
        (None, frozenset({"laval", "estrie"}), frozenset[str]()),
    ):
        wanted = AlertFilter(active, standard, unit, stage, since, seen)
        right = [
            found
            for found in everything
            if active in (None, found.active)
            and standard in (None, found.standard)
            and unit in (None, found.unit)
            and stage in (None, found.stage)
            and (since is None or found.raised_at >= since)
            and (seen is None or found.unit in seen)
        ]
        listed: list[BreachAlert] = []
        while page := await store.page(
            wanted, alert_store.cursor(listed[-1]) if listed else None, 40
        ):
            listed += [found.alert for found in page]
        assert listed == right, wanted
    counts = await alert_counts.by_unit(base, None)
    assert counts == sorted(
        (*key, number)
        for key, number in Counter(
            (found.unit, found.stage) for found in everything if found.active
        ).items()
    )


async def test_changes_are_told_by_position_whatever_order_partitions_were_committed_in(
    base: Database,
) -> None:
    store = AlertStore(base)
    await write(base, 1, 10, alert("B"))
    found, reached = await store.changed({})
    assert ([one.file_id for one in found], reached) == (["B"], {1: 10})
    await write(base, 0, 3, alert("A"))
    await write(base, 1, 11)
    found, reached = await store.changed(reached)
    assert ([one.file_id for one in found], reached) == (["A"], {0: 3, 1: 11})


async def test_many_changes_come_in_batches_that_cut_no_commit(base: Database) -> None:
    store = AlertStore(base, batch_size=10)
    names = [f"F{number:02}" for number in range(40)]
    for position, start in enumerate(range(0, 40, 4), start=1):
        await write(base, 0, position, *(alert(name) for name in names[start : start + 4]))
    found, reached = await store.changed({})
    assert (len(found), reached) == (12, {0: 3})
    seen = list(found)
    while found:
        found, reached = await store.changed(reached)
        seen += found
    assert [one.file_id for one in seen] == names
    assert [one.alert.file_id async for one in active_alerts(store.database, 10)] == names
