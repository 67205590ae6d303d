"""The files in hand by age, and what comes and goes, counted from scratch: one cycle after the other, one span after the other.

Shares no code with the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

from tests.services.world import Site
from tests.simulation import figures, lives
from tests.simulation.catalogues import Revision
from tests.simulation.figures import Cycle

BANDS = ((0, 5), (6, 10), (11, 20), (21, 40), (41, 80), (81, 160), (161, None))


async def compare(web: Site, found: list[Cycle], revision: Revision, today: date) -> None:
    for standard, unit, by in product(lives.PACE_DAYS, (None, "laval"), ("month", "week")):
        query = {"standard": standard, "by": by} | ({} if unit is None else {"unit": unit})
        answer = await web.json("/v1/workload", **query)
        of_unit = [
            cycle for cycle in found if cycle.standard == standard and unit in (None, cycle.unit)
        ]
        assert answer["ages"] == ages(of_unit, standard, revision.calendars[standard], today)
        assert len(answer["movements"]) == 13
        for one in answer["movements"]:
            assert one == movement(of_unit, one, by), (standard, unit, by)
        last = answer["movements"][-1]
        assert last["first"] <= today.isoformat() <= last["last"]


def ages(found: Sequence[Cycle], standard: str, calendar: str, today: date) -> list[dict[str, Any]]:
    bands: list[dict[str, Any]] = [
        {"first": first, "last": last, "on_track": 0, "at_risk": 0, "critical": 0, "overdue": 0}
        for first, last in BANDS
    ]
    for cycle in found:
        state = cycle.state
        if state["status"] not in ("open", "waiting") or not state["measured"]:
            continue
        if state["stage"] is None:
            continue
        days = figures._days(state["received_on"], standard, calendar, today)
        [band] = [
            one
            for one in bands
            if one["first"] <= days and (one["last"] is None or days <= one["last"])
        ]
        band[state["stage"]] += 1
    return bands


def movement(found: Sequence[Cycle], told: dict[str, Any], by: str) -> dict[str, Any]:
    """What happened in the days that a row names; which must be a whole month or week."""
    first, last = (date.fromisoformat(told[end]) for end in ("first", "last"))
    after = last + timedelta(days=1)
    if by == "week":
        assert first.weekday() == after.weekday() == 0 and (after - first).days == 7
    else:
        assert first.day == after.day == 1 and (after - first).days <= 31
    ended = [cycle for cycle in found if cycle.state["ended_on"] is not None]
    gone = [cycle for cycle in ended if first <= cycle.state["ended_on"] <= last]
    withdrawn = sum(
        cycle.state["status"] == "withdrawn" and cycle.outcome is None for cycle in gone
    )
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "received": sum(first <= cycle.state["received_on"] <= last for cycle in found),
        "decided": len(gone) - withdrawn,
        "withdrawn": withdrawn,
        "stock": sum(cycle.state["received_on"] <= last for cycle in found)
        - sum(cycle.state["ended_on"] <= last for cycle in ended),
    }
