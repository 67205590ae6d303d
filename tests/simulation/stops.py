"""What of a cycle that ended is to verify, counted from scratch: from the oracle's clocks, a rule after the other.

Shares no code with the product: thresholds are written again, from docs/measures.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

Found = tuple[str, datetime, float]
"""Rule, instant, amount."""
DAY = timedelta(days=1)


class Stopped(NamedTuple):
    """A stop in the words of the oracle."""

    at: datetime
    recorded: datetime
    counted: float
    removed: float
    party: str
    until: datetime | None
    kind: str | None
    lapsed: bool
    left: float | None
    late_at: datetime | None
    open_seconds: float | None


def outcome(cycle: Mapping[str, Any]) -> str | None:
    """How a cycle that ended is measured, where it is."""
    if cycle["ended_on"] is None or not cycle["measured"]:
        return None
    if cycle["status"] == "withdrawn":
        return "abandoned"
    if not cycle["on_time"]:
        return "late"
    return "on_time_extended" if cycle["on_time_unextended"] is False else "on_time"


def places(
    cycle: Mapping[str, Any], cycles: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, date, str]]:
    """Basis, day and outcome of each tally of a cycle's stops."""
    ended, day = outcome(cycle), cycle["ended_on"]
    if ended is None:
        return
    stops = [Stopped(*one) for one in cycle["stops"]]
    if stops:
        rests = ended.startswith("on_time") and not cycle["on_time_unstopped"]
        kinds = ",".join(sorted({one.kind or "" for one in stops}))
        removed = ceil(sum(one.removed for one in stops))
        yield "stopped", day, f"{removed}:{'+' if rests else ''}:{kinds}"
    if cycle["status"] == "decided" and has_last_day(cycle):
        for left in (-2, -1, 0, 1, 2):
            if cycle["remaining"] == left:
                yield "days_left", day, str(left)
    for rule, _, _ in found(cycle, cycles):
        if rule != "last_day":
            yield "to_verify", day, rule


def has_last_day(cycle: Mapping[str, Any]) -> bool:
    """Whether the limit is of ten days or more; seconds are told by the time they took."""
    took = cycle["ended_on"] - cycle["received_on"]
    counted = cycle["settled"][0]
    return bool(0 <= counted <= took.days and counted + cycle["remaining"] >= 10)


def found(cycle: Mapping[str, Any], cycles: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """Each rule that singles a cycle out."""
    if outcome(cycle) is None:
        return
    stops, end = [Stopped(*one) for one in cycle["stops"]], cycle["since"]
    near = [
        (one.left, one.at)
        for one in stops
        if one.removed and one.left is not None and one.left >= 0
        if one.left <= 1 or 10 * one.left <= one.counted + one.left
    ]
    for left, at in sorted(near)[:1]:
        yield "near_limit", at, left
    nights = sorted(
        (one.open_seconds / one.removed, one.at, one.open_seconds)
        for one in stops
        if one.removed and one.until and one.open_seconds is not None
    )
    if nights and nights[0][0] <= 7_200:
        yield "overnight", nights[0][1], round(nights[0][2] / 3_600, 2)
    unanswered = sorted(
        [one for one in stops if one.until is None or one.lapsed], key=lambda one: one.at
    )
    if unanswered:
        lasted = (unanswered[0].until or end) - unanswered[0].at
        days = round(lasted / DAY, 1)
        if days >= 30 or any(one.lapsed for one in unanswered):
            yield "unanswered", unanswered[0].at, days
        elif cycle["status"] == "decided":
            yield "decided_waiting", unanswered[0].at, days
    begins = [
        one.at
        for number, one in enumerate(stops)
        if all(before.until is not None and before.until <= one.at for before in stops[:number])
    ]
    if len(begins) >= 3:
        yield "serial", begins[-1], len(begins)
    late = [
        (one.recorded, one.at)
        for one in stops
        if one.removed and one.late_at and one.at < one.late_at and one.recorded >= one.late_at
    ]
    if late:
        recorded, at = max(late, key=lambda one: one[0])
        yield "recorded_late", at, round((recorded - at) / DAY, 1)
    if cycle["status"] != "decided" or not cycle["on_time"]:
        return
    for one in cycles:
        if one["number"] == cycle["number"] + 1 and one["received_at"] <= end + 7 * DAY:
            yield "reopened", one["received_at"], round((one["received_at"] - end) / DAY, 1)
    if cycle["remaining"] == 0 and has_last_day(cycle):
        yield "last_day", end, 0


def row(ended: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row of the stops of one standard, over measured cycles that ended."""
    on_time = [one for one in ended if one["status"] == "decided" and one["on_time"]]
    by_stops = [one for one in on_time if one["stops"] and not one["on_time_unstopped"]]
    removed = sorted(ceil(sum(stop[3] for stop in one["stops"])) for one in ended if one["stops"])
    return {
        "measured": len(ended),
        "on_time": len(on_time),
        "stopped": len(removed),
        "removed_mean": round(sum(removed) / len(removed), 6) if removed else None,
        "removed_percentile_80": removed[ceil(0.8 * len(removed)) - 1] if removed else None,
        "on_time_by_stops": len(by_stops),
        "attainment_without_stops": (
            round((len(on_time) - len(by_stops)) / len(ended), 6) if ended else None
        ),
    }
