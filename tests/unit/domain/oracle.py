"""A naive oracle of the counting rules: it turns the days over one by one, as a person with a wall calendar would.

It shares no code with the product, and takes and gives plain values, so that any test may ask it what a file's clock must say.
Where the rules leave room it follows the readings written in the comments below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.unit.domain.oracle_calendar import local_day
from tests.unit.domain.oracle_days import Wall
from tests.unit.domain.oracle_facts import (
    ADMINISTRATIVE,
    ORDER,
    PROMISES,
    Passage,
    Promise,
    Rules,
    Told,
)
from tests.unit.domain.oracle_minutes import Stopwatch
from tests.unit.domain.oracle_reading import Desk
from tests.unit.domain.oracle_stops import stops
from tests.unit.domain.oracle_walk import Walk

__all__ = ["PROMISES", "Promise", "Told", "clocks"]

Groups = Sequence[Sequence[str]]
"""Sources that share their files."""
Names = list[tuple[str, str, str]]
"""Anomalies as (source, id, reason)."""
PLAIN = Rules()


def clocks(
    events: Iterable[Told],
    promises: Sequence[Promise],
    as_of: datetime,
    calendar: str = "qc-legal",
    groups: Groups = (),
    rules: Rules = PLAIN,
) -> tuple[list[dict[str, Any]], Names]:
    """The clock of every cycle, and the anomalies as sorted (source, id, reason)."""
    desk, anomalies = follow(events, as_of, groups, rules, calendar)
    answers = []
    for passage in desk.passages:
        answer, refused = clock(passage, promises, as_of, calendar)
        ended_by = desk.unit_at(passage.ended.at) if passage.ended else desk.unit
        answers.append(
            answer
            | {
                "standard": None,
                "unit": None if ended_by == desk.unit else ended_by,
                "calendar": rules.calendar,
            }
        )
        anomalies += refused
    return answers, sorted(anomalies)


def read(
    events: Iterable[Told], as_of: datetime, groups: Groups = ()
) -> tuple[list[Passage], Names]:
    """What stands, cycle by cycle, of a file without kinds of request or milestones, and the anomalies."""
    desk, anomalies = follow(events, as_of, groups, PLAIN, "qc-legal")
    return desk.passages, sorted(anomalies)


def follow(
    events: Iterable[Told], as_of: datetime, groups: Groups, rules: Rules, calendar: str
) -> tuple[Desk, Names]:
    """Rules 5 and 6: what stands of a file as a standard reads it."""
    told: dict[tuple[str, str], Told] = {}
    for event in events:
        told.setdefault((event.source, event.id), event)
    own = own_events(told.values(), groups)
    standing, anomalies = take_back(in_order(e for e in own if e.at <= as_of))
    desk = Desk(rules, calendar)
    for event in standing:
        reason = desk.happen(event)
        if reason:
            anomalies.append((event.source, event.id, reason))
    desk.let_lapse(as_of)
    return desk, anomalies + of_others(told.values(), groups)


def in_order(events: Iterable[Told]) -> list[Told]:
    return sorted(events, key=lambda e: (e.at, ORDER.index(e.type), e.id, e.source))


def belongs_to(events: Iterable[Told], groups: Groups) -> list[str]:
    """Whose the file is: who received it first by recording, unless an operator gave it to another since."""
    owner = None
    for event in sorted(
        in_order([e for e in events if e.type == "received"]), key=lambda e: e.recorded
    ):
        owner = owner or event.source
    for event in sorted([e for e in events if e.type == "assigned"], key=lambda e: e.recorded):
        owner = event.to
    if owner is None:
        return []
    return next((list(group) for group in groups if owner in group), [owner])


def own_events(events: Iterable[Told], groups: Groups) -> list[Told]:
    """What the file's life is made of; everything, while it belongs to nobody."""
    published = [e for e in events if e.type not in ADMINISTRATIVE]
    owners = belongs_to(events, groups)
    return [e for e in published if not owners or e.source in owners]


def of_others(events: Iterable[Told], groups: Groups) -> list[tuple[str, str, str]]:
    """The events of other sources, at whatever moment, but those that their source has taken back and its voids of them."""
    own = own_events(events, groups)
    others = in_order(e for e in events if e.type not in ADMINISTRATIVE and e not in own)
    standing, useless = take_back(others)
    names = [(e.source, e.id) for e in standing] + [(source, name) for source, name, _ in useless]
    return [(source, name, "other_source") for source, name in names]


def take_back(ordered: list[Told]) -> tuple[list[Told], list[tuple[str, str, str]]]:
    """A void takes back an event of its own source whatever its time; voids are read from the last to the first."""
    gone: set[tuple[str, str]] = set()
    anomalies = []
    for void in reversed([event for event in ordered if event.type == "voided"]):
        if (void.source, void.id) in gone:
            continue
        named = [e for e in ordered if (e.source, e.id) == (void.source, void.event_id)]
        if not named:
            anomalies.append((void.source, void.id, "voids_nothing"))
        elif named[0].type == "voided" and ordered.index(named[0]) >= ordered.index(void):
            anomalies.append((void.source, void.id, "voids_a_later_void"))
        else:
            gone.add((named[0].source, named[0].id))
    standing = [e for e in ordered if (e.source, e.id) not in gone and e.type != "voided"]
    return standing, anomalies


def clock(
    passage: Passage, promises: Sequence[Promise], as_of: datetime, calendar: str
) -> tuple[dict[str, Any], Names]:
    """What is true of one cycle, and the extensions that changed nothing."""
    received_on = local_day(passage.received_at)
    promise, in_effect = promise_on(promises, received_on, passage.attributes)
    walk = live(passage, promise, as_of, calendar)
    answer, late = walk.answer(passage, as_of), walk.late_at is not None
    ended = passage.ended
    status = "waiting" if passage.owed else "open"
    if ended:
        status = "withdrawn" if ended.type == "withdrawn" else "decided"
    # A file withdrawn late is never on time, and is measured by a commitment in minutes alone.
    followed = in_effect and all(
        passage.attributes.get(name) in words for name, words in promise.measured_when.items()
    )
    given_up_late = late and promise.late_abandonment and not (ended and ended.reason)
    refused = promise.reviewed and ended is not None and ended.outcome in ("refused", "rejected")
    ended_on = local_day(ended.at) if ended else None
    unextended = None
    if ended and walk.extensions:
        without = live(passage, replace(promise, extensions={}), as_of, calendar)
        unextended = without.late_at is None
    tiers = [
        live(passage, replace(tier, extensions=promise.extensions), as_of, calendar)
        for tier in promise.tiers
        if status == "decided"
    ]
    others = [asked.kind.other_party for asked in passage.owed]
    return answer | {
        "number": passage.number,
        "status": status,
        "received_at": passage.received_at,
        "received_on": received_on,
        "on_time": False if late else True if status == "decided" else None,
        "measured": followed and (status != "withdrawn" or given_up_late),
        "ended_on": ended_on,
        "outcome": (ended.outcome or ended.reason) if ended else None,
        "review_until": ended_on + timedelta(days=90) if ended_on and refused else None,
        "waits_for": "other" if others and all(others) and not ended else None,
        "on_time_unextended": unextended,
        "tiers": tuple(tier.late_at is None for tier in tiers),
        "terms": promises.index(promise) if any(one.when for one in promises) else None,
        "gross": gross(passage, promise, calendar) if ended else None,
        "stops": stops(passage, walk, as_of),
        "on_time_unstopped": unstopped(passage, promise, calendar),
    }, walk.refused


def unstopped(passage: Passage, promise: Promise, calendar: str) -> bool | None:
    """Whether a cycle that ended would have been on time, had nobody ever asked for anything."""
    if passage.ended is None or all(step.asked is None for step in passage.steps):
        return None
    extended = [replace(step, owed=()) for step in passage.steps if step.extended is not None]
    return (
        live(replace(passage, steps=extended), promise, passage.ended.at, calendar).late_at is None
    )


def gross(passage: Passage, promise: Promise, calendar: str) -> Any:
    """What is counted of a cycle that ended, had nobody ever asked for anything."""
    assert passage.ended is not None
    return live(replace(passage, steps=[]), promise, passage.ended.at, calendar).counts()["counted"]


def live(passage: Passage, promise: Promise, as_of: datetime, calendar: str) -> Walk:
    """A cycle lived through under a promise."""
    walk = (Stopwatch if promise.in_opening_time else Wall)(passage.received_at, promise, calendar)
    for step in passage.steps:
        walk.turn_to(step.at)
        walk.tell(step)
    walk.turn_to(passage.ended.at if passage.ended else as_of)
    return walk


def promise_on(
    promises: Sequence[Promise], day: date, attributes: Mapping[str, str]
) -> tuple[Promise, bool]:
    fitting = [
        promise
        for promise in promises
        if all(attributes.get(name) in words for name, words in promise.when.items())
    ]
    for promise in fitting:
        if promise.begins <= day <= promise.ends:
            return promise, True
    nearest = fitting or promises
    begun = [promise for promise in nearest if promise.begins <= day]
    if begun:
        return max(begun, key=lambda promise: promise.begins), False
    return min(nearest, key=lambda promise: promise.begins), False
