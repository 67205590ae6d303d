"""A naive oracle of the counting rules: it turns the days over one by one, as a person with a wall calendar would.

It shares no code with the product, and takes and gives plain values, so that any test may ask it what a file's clock must say.
Where the rules leave room it follows the readings written in the comments below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.unit.domain.oracle_calendar import local_day
from tests.unit.domain.oracle_days import count_days
from tests.unit.domain.oracle_facts import ADMINISTRATIVE, ORDER, PROMISES, Passage, Promise, Told
from tests.unit.domain.oracle_minutes import count_minutes

__all__ = ["PROMISES", "Promise", "Told", "clocks"]

Groups = Sequence[Sequence[str]]
"""Sources that share their files."""


def clocks(
    events: Iterable[Told],
    promises: Sequence[Promise],
    as_of: datetime,
    calendar: str = "qc-legal",
    groups: Groups = (),
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """The clock of every cycle, and the anomalies as sorted (source, id, reason)."""
    passages, anomalies = read(events, as_of, groups)
    answers = [
        clock(passage, passages[0].opened_by.attributes, promises, as_of, calendar)
        for passage in passages
    ]
    return answers, anomalies


def read(
    events: Iterable[Told], as_of: datetime, groups: Groups = ()
) -> tuple[list[Passage], list[tuple[str, str, str]]]:
    """Rules 5 and 6: what stands, cycle by cycle, and the anomalies as sorted (source, id, reason)."""
    told: dict[tuple[str, str], Told] = {}
    for event in events:
        told.setdefault((event.source, event.id), event)
    own = own_events(told.values(), groups)
    standing, anomalies = take_back(in_order(e for e in own if e.at <= as_of))
    passages: list[Passage] = []
    for event in standing:
        reason = None
        if passages and not passages[-1].ended:
            reason = happen(passages[-1], event)
        elif event.type == ("reopened" if passages else "received"):
            passages.append(Passage(len(passages) + 1, event, [(event.at, ())]))
        else:
            reason = "after_end" if passages else "before_reception"
        if reason:
            anomalies.append((event.source, event.id, reason))
    return passages, sorted(anomalies + of_others(told.values(), groups))


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


def happen(passage: Passage, event: Told) -> str | None:
    outstanding = list(passage.outstanding)
    if event.type == "received":
        return "already_received"
    if event.type == "reopened":
        return "still_running"
    if event.type in ("decided", "withdrawn"):
        passage.ended = event
        return None
    if event.type == "documents_requested":
        if event.request_id in outstanding:
            return "already_requested"
        outstanding.append(event.request_id)
    elif not outstanding or event.request_id not in (None, *outstanding):
        return "nothing_outstanding"
    elif event.request_id is None:
        outstanding.clear()
    else:
        outstanding.remove(event.request_id)
    passage.holds.append((event.at, tuple(outstanding)))
    return None


def clock(
    passage: Passage,
    attributes: Mapping[str, str],
    promises: Sequence[Promise],
    as_of: datetime,
    calendar: str,
) -> dict[str, Any]:
    received_on = local_day(passage.received_at)
    promise, in_effect = promise_on(promises, received_on)
    count = count_minutes if promise.minutes is not None else count_days
    answer = count(passage, promise, as_of, calendar)
    late = answer.pop("late")
    ended = passage.ended
    status = ended.type if ended else "waiting" if passage.outstanding else "open"
    # A file withdrawn late is never on time, and is measured by a commitment in minutes alone.
    followed = in_effect and all(
        attributes.get(name) in words for name, words in promise.measured_when.items()
    )
    refused = promise.reviewed and ended is not None and ended.outcome in ("refused", "rejected")
    ended_on = local_day(ended.at) if ended else None
    return answer | {
        "number": passage.number,
        "status": status,
        "received_at": passage.received_at,
        "received_on": received_on,
        "since": passage.changed_hands_at(),
        "on_time": False if late else True if status == "decided" else None,
        "measured": followed and (status != "withdrawn" or (late and promise.late_abandonment)),
        "ended_on": ended_on,
        "outcome": ended.outcome if ended else None,
        "review_until": ended_on + timedelta(days=90) if ended_on and refused else None,
    }


def promise_on(promises: Sequence[Promise], day: date) -> tuple[Promise, bool]:
    for promise in promises:
        if promise.begins <= day <= promise.ends:
            return promise, True
    begun = [promise for promise in promises if promise.begins <= day]
    if begun:
        return max(begun, key=lambda promise: promise.begins), False
    return min(promises, key=lambda promise: promise.begins), False
