"""What must be true, computed from scratch: from the records of the log, by the oracle, without the product's help.

Reads the log's bytes with the standard library, keeps the first of each (source, id) of a file, and asks the naive oracle for the
clocks. The tallies and the alerts are then counted from the oracle's answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from tests.simulation import stops
from tests.simulation.catalogues import Revision
from tests.unit.domain import oracle
from tests.unit.domain.oracle import Told
from tests.unit.domain.oracle_calendar import local_day
from tests.unit.domain.oracle_stops import in_hours

FIRST_COVERED_YEAR = 2010
NOW_ONLY = ("counted", "waited", "earliest_due_on")
"""What a snapshot does not say: its ``counted`` and ``waited`` are the oracle's ``settled``."""
AT_END = ("remaining",)
"""What it says of a cycle that ended alone."""

Tally = tuple[str, str, str, str, int, str]
"""Basis, grain (of what is past), standard, unit, ordinal of the day or 0, outcome."""
Delay = tuple[str, str, str, int, str, str, int]
"""Grain, standard, unit, first day, outcome, kind of count, amount."""


class Alert(NamedTuple):
    """The identity of an alert: repeats are invisible."""

    file_id: str
    cycle: int
    stage: str
    since: datetime


@dataclass
class File:
    """What the log tells of a file: its events, the first of each name, and who received it under which standard."""

    events: dict[tuple[str, str], Told] = field(default_factory=dict)
    receptions: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """A file at a moment."""

    standard: str | None
    unit: str | None
    cycles: list[dict[str, Any]]
    anomalies: list[tuple[str, str, str]]


@dataclass
class Accepted:
    """What was accepted, and the offsets (partition, offset) that cannot be."""

    files: dict[str, File] = field(default_factory=dict)
    refused: set[tuple[int, int]] = field(default_factory=set)


def accepted(records: Iterable[tuple[int, int, bytes]]) -> Accepted:
    """The files told of by the records (partition, offset, value) of the log, in order of offset."""
    found = Accepted()
    for partition, offset, value in records:
        try:
            event = json.loads(value)
            told = _told(event)
            name = told.source, told.id
            standard = event["data"].get("standard")
        except (ValueError, KeyError, TypeError, RecursionError):
            found.refused.add((partition, offset))
            continue
        if told.at.year < FIRST_COVERED_YEAR or standard == "no-such-standard":
            found.refused.add((partition, offset))
            continue
        if told.type == "forgotten":  # one that was met is gone, with the file
            found.refused.add((partition, offset))
            continue
        file = found.files.setdefault(event["subject"], File())
        if file.events.setdefault(name, told) != told:
            found.refused.add((partition, offset))
        elif told.type == "received":
            file.receptions.setdefault(name, (standard, event["data"]["unit"]))
    return found


def _told(event: Mapping[str, Any]) -> Told:
    data = event["data"]
    return Told(
        type=event["type"].split(".")[-2],
        at=datetime.fromisoformat(event["time"]).astimezone(UTC),
        id=event["id"],
        source=event["source"],
        request_id=data.get("request_id"),
        event_id=data.get("event_id"),
        outcome=data.get("outcome"),
        attributes=data.get("attributes", {}),
        recorded=datetime.fromisoformat(event["recordedtime"]),
    )


def known(file: File, revision: Revision, now: datetime) -> Known:
    """The oracle's word on a file."""
    passages, anomalies = oracle.read(file.events.values(), now, revision.groups)
    if not passages:
        return Known(None, None, [], anomalies)
    opening = passages[0].opened_by
    standard, unit = file.receptions[opening.source, opening.id]
    answers, _ = oracle.clocks(
        file.events.values(),
        revision.promises[standard],
        now,
        revision.calendars[standard],
        revision.groups,
    )
    cycles: list[dict[str, Any]] = [
        {
            name: None if name in AT_END and answer["ended_on"] is None else value
            for name, value in answer.items()
            if name not in NOW_ONLY
        }
        for answer in answers
    ]
    for cycle in cycles:
        cycle["stops"] = in_hours(cycle["stops"], revision.calendars[standard])
    return Known(standard, unit, cycles, anomalies)


def tallies(files: Iterable[Known]) -> Counter[Tally]:
    """§5 of the counting rules, file by file: of each unit and of all, the past by day, week of the month, month, quarter and fiscal year."""
    total: Counter[Tally] = Counter()
    for file in files:
        if file.standard is None or file.unit is None:
            continue
        for cycle in file.cycles:
            for basis, day, outcome in (*past(cycle), *stops.places(cycle, file.cycles)):
                week = day.replace(
                    day=max(first for first in (1, 8, 15, 22, 29) if first <= day.day)
                )
                spans = {
                    "day": day,
                    "week": week,
                    "month": day.replace(day=1),
                    "quarter": max(
                        day.replace(month=first, day=1)
                        for first in (1, 4, 7, 10)
                        if first <= day.month
                    ),
                    "year": date(day.year if day.month >= 4 else day.year - 1, 4, 1),
                }
                for grain, first in spans.items():
                    for unit in (file.unit, "*"):
                        total[basis, grain, file.standard, unit, first.toordinal(), outcome] += 1
            for basis, on, outcome in present(cycle):
                for unit in (file.unit, "*"):
                    total[basis, "", file.standard, unit, on.toordinal() if on else 0, outcome] += 1
    return total


def delays(files: Iterable[Known]) -> Counter[Delay]:
    """Each cycle that ended, by what it counted and would have counted, of its month and fiscal year."""
    total: Counter[Delay] = Counter()
    for file in files:
        for cycle in file.cycles:
            day = cycle["ended_on"]
            if file.standard is None or file.unit is None or day is None:
                continue
            [outcome] = [
                word for basis, _, word in past(cycle) if basis in ("decided", "withdrawn")
            ]
            net, gross = in_whole(cycle["settled"][0]), in_whole(cycle["gross"])
            kinds = {"both": net} if net == gross else {"net": net, "gross": gross}
            year = date(day.year if day.month >= 4 else day.year - 1, 4, 1)
            for kind, amount in kinds.items():
                for grain, unit, first in (
                    ("month", file.unit, day.replace(day=1)),
                    ("month", "*", day.replace(day=1)),
                    ("year", "*", year),
                ):
                    place = first.toordinal()
                    total[grain, file.standard, unit, place, outcome, kind, amount] += 1
    return total


def in_whole(amount: float) -> int:
    """Days, or seconds begun; minutes begun beyond 15,000, hours begun beyond 600,000."""
    for beyond, step in ((600_000, 3_600), (15_000, 60), (-1, 1)):
        if -(-amount // 1) > beyond:
            return int(-(-amount // step)) * step
    raise AssertionError(amount)


def past(cycle: Mapping[str, Any]) -> list[tuple[str, date, str]]:
    """On which bases, days and outcomes a cycle counts for good."""
    measured, status = cycle["measured"], cycle["status"]
    places = [("received", cycle["received_on"], "begun")]
    if status in ("open", "waiting"):
        if measured and cycle["stage"] == "overdue":
            places.append(("due", cycle["due_on"], "overdue"))
    elif status == "withdrawn" and not measured:
        places.append(("withdrawn", cycle["ended_on"], "left_out"))
    else:
        outcome = "on_time" if cycle["on_time"] else "late"
        if status == "withdrawn":
            outcome = "abandoned"
        places.append(("decided", cycle["ended_on"], outcome if measured else "followed"))
        if measured:
            places.append(("due", cycle["due_on"], outcome))
    return places


def present(cycle: Mapping[str, Any]) -> list[tuple[str, date | None, str]]:
    """On which bases, days and outcomes a cycle counts while it is open."""
    stage = cycle["stage"]
    if cycle["status"] not in ("open", "waiting"):
        return []
    if not cycle["measured"]:
        return [("open", None, "followed")]
    if stage is None:
        return [("open", None, "waiting"), ("waiting_since", local_day(cycle["since"]), "waiting")]
    places = [("open", None, stage), ("open_received", cycle["received_on"], stage)]
    return places if stage == "overdue" else [*places, ("open_due", cycle["due_on"], "open")]


def alerts(files: Mapping[str, Known]) -> set[Alert]:
    """What supervisors are to be warned of: open measured files at risk, critical or overdue."""
    return {
        Alert(file_id, cycle["number"], cycle["stage"], cycle["stage_since"])
        for file_id, file in files.items()
        for cycle in file.cycles
        if cycle["measured"] and cycle["stage"] in ("at_risk", "critical", "overdue")
    }
