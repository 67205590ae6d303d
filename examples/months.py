"""A made-up month of each example: ``python examples/months.py planning-england > month.csv``.

A seed gives the same bytes. Delays are drawn on civil days and never counted, so that a month
cannot share a mistake with the law. ``--events`` prints the same month as CloudEvents, one a line, for ``POST /v1/events``.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

MONTH = date(2026, 10, 1)
DAYS = 31
TAKEN_ON = date(2026, 11, 27)
"""The day of the export: what happens later is not in it."""


class Happening(NamedTuple):
    """Something that happened to a file: what the system calls it, and its columns."""

    at: datetime
    step: str
    columns: Mapping[str, str]


class Example(NamedTuple):
    """An example: its files, the event that each of its steps is, and the columns beside.

    ``standard`` is that of every file, where no column says which.
    """

    zone: str
    prefix: str
    files: int
    seed: int
    steps: Mapping[str, str]
    columns: Sequence[str]
    standard: str | None
    life: Callable[[Random, date], Iterator[Happening]]


def _at(random: Random, day: date, first: int = 9, last: int = 16) -> datetime:
    """A moment of a day, from one hour to the end of another."""
    clock = time(random.randint(first, last), random.randint(0, 59), random.randint(0, 59))
    return datetime.combine(day, clock)


def _later(random: Random, at: datetime, mean: float, spread: float = 0.5) -> datetime:
    """In office hours of a weekday, so many days later on average."""
    days = max(0, round(random.gauss(mean, spread * mean)))
    day = at.date() + timedelta(days=days)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return max(_at(random, day), at + timedelta(minutes=5))


def _freedom_of_information(random: Random, day: date) -> Iterator[Happening]:
    at = _at(random, day, 7, 22)
    channel = random.choice(["e-mail", "e-mail", "web-form", "post"])
    unit = random.choice(["information-rights", "information-rights", "planning", "highways"])
    yield Happening(at, "Request received", {"unit": unit, "channel": channel})
    chance = random.random()
    if chance < 0.03:
        yield Happening(_later(random, at, 2), "Closed", {"withdrawal": "duplicate"})
        return
    if chance < 0.25:
        kind = "fee" if chance < 0.09 else "clarification"
        asked, answered = (
            ("Fees notice sent", "Fee paid") if kind == "fee" else ("Asked", "Clarified")
        )
        at = _later(random, at, 4)
        yield Happening(at, asked, {"kind": kind})
        if random.random() < 0.2:
            return
        at = _later(random, at, 9)
        yield Happening(at, answered, {})
    if random.random() < 0.15:
        yield Happening(_later(random, at, 1), "Passed on", {"unit": "information-rights"})
    if random.random() < 0.12:
        at = _later(random, at, 15, 0.1)
        until = (at + timedelta(days=30)).date()
        columns = {"extension": "public-interest", "until": until.isoformat()}
        yield Happening(at, "Extended", columns)
    outcome = random.choice(["disclosed"] * 5 + ["partly-disclosed", "refused", "not-held"])
    yield Happening(_later(random, at, 20, 0.4), "Answered", {"outcome": outcome})


def _access(random: Random, day: date) -> Iterator[Happening]:
    at = _at(random, day, 7, 22)
    body = random.choice(["canada", "quebec"])
    unit = "federal" if body == "canada" else "quebec"
    yield Happening(at, "Demande reçue", {"standard": body, "unit": unit})
    chance = random.random()
    if chance < 0.03:
        yield Happening(_later(random, at, 2), "Fermée", {"withdrawal": "duplicate"})
        return
    if body == "canada" and chance < 0.2:
        at = _later(random, at, 4)
        yield Happening(at, "Précisions demandées", {"kind": "incomplete"})
        if random.random() < 0.2:
            return
        at = _later(random, at, 8)
        yield Happening(at, "Précisions reçues", {})
    mean = 26.0 if body == "canada" else 17.0
    if chance > 0.75:
        word = "article-47"
        if body == "canada":
            word = random.choice(["workload", "consultation", "third-party"])
        at = _later(random, at, 12, 0.2)
        yield Happening(at, "Prolongation", {"extension": word})
    outcome = random.choice(["disclosed"] * 4 + ["partly-disclosed"] * 3 + ["refused", "none"])
    yield Happening(_later(random, at, mean, 0.4), "Réponse", {"outcome": outcome})


def _planning(random: Random, day: date) -> Iterator[Happening]:
    at = _at(random, day, 7, 22)
    kind = random.choice(["major", "other", "other", "other", "prior-approval"])
    columns = {"standard": kind, "unit": random.choice(["north", "south"])}
    if kind == "major":
        columns["environmental-statement"] = random.choice(["with", "without", "without"])
    yield Happening(at, "Application received", columns)
    chance = random.random()
    if chance < 0.15:
        at = _later(random, at, 3)
        yield Happening(at, "Invalid", {"kind": "missing-for-validation"})
        if random.random() < 0.2:
            return
        at = _later(random, at, 8)
        yield Happening(at, "Valid", {})
    if kind == "major":
        yield Happening(_later(random, at, 3), "Reallocated", {"unit": "majors"})
    if random.random() < 0.2:
        at = _later(random, at, 25, 0.2)
        until = (at + timedelta(days=random.randint(40, 90))).date()
        columns = {"extension": "agreed", "until": until.isoformat()}
        yield Happening(at, "Extension of time agreed", columns)
    outcome = random.choice(["granted", "granted", "granted", "refused"])
    yield Happening(_later(random, at, 42, 0.35), "Decision issued", {"outcome": outcome})


def _emergency(random: Random, day: date) -> Iterator[Happening]:
    at = _at(random, day, 0, 23)
    if random.random() < 0.3:
        category = random.choice(["c1", "c2", "c2", "c2", "c3", "c4"])
        columns = {"standard": "ambulance", "unit": "ambulances", "category": category}
        yield Happening(at, "Clock started", columns)
        mean = {"c1": 9, "c2": 30, "c3": 75, "c4": 110}[category]
        minutes = random.gammavariate(3, mean / 3)
        arrival = at + timedelta(seconds=int(60 * minutes))
        yield Happening(arrival, "On scene", {"outcome": "on-scene"})
        return
    unit = random.choice(["minors", "minors", "majors", "paediatrics"])
    yield Happening(at, "Arrived", {"standard": "attendance", "unit": unit})
    mean = {"minors": 130, "majors": 250, "paediatrics": 150}[unit]
    seconds = int(60 * random.gammavariate(4, mean / 4))
    if unit == "minors" and random.random() < 0.1:
        moved = at + timedelta(seconds=seconds // 3)
        yield Happening(moved, "Moved", {"unit": "majors"})
    if random.random() < 0.03:
        yield Happening(at + timedelta(seconds=seconds // 2), "Left before being seen", {})
        return
    outcome = random.choice(["discharged"] * 6 + ["admitted"] * 3 + ["transferred"])
    yield Happening(at + timedelta(seconds=seconds), "Departed", {"outcome": outcome})


def _complaints(random: Random, day: date) -> Iterator[Happening]:
    at = _at(random, day, 7, 22)
    stage = random.choice(["stage-1", "stage-1", "stage-1", "stage-2"])
    subject = random.choice(["repairs", "repairs", "neighbours", "rent", "staff"])
    unit = random.choice(["repairs", "tenancy"]) if stage == "stage-1" else "complaints-team"
    yield Happening(at, "Complaint", {"standard": stage, "unit": unit, "subject": subject})
    if random.random() < 0.06:
        reason = random.choice(["duplicate", "resolved-at-once"])
        yield Happening(_later(random, at, 1), "Closed", {"withdrawal": reason})
        return
    if random.random() < 0.05:
        yield Happening(_later(random, at, 3), "Answer sent", {"outcome": "upheld"})
        return
    at = _later(random, at, 4.5)
    yield Happening(at, "Acknowledgement sent", {"milestone": "acknowledged"})
    if random.random() < 0.1:
        yield Happening(_later(random, at, 2), "Transferred", {"unit": "complaints-team"})
    mean = 11.0 if stage == "stage-1" else 24.0
    if random.random() < 0.2:
        at = _later(random, at, 8, 0.2)
        yield Happening(at, "Extension", {"extension": "complexity"})
    outcome = random.choice(["upheld", "upheld", "partly-upheld", "not-upheld"])
    yield Happening(_later(random, at, mean, 0.4), "Answer sent", {"outcome": outcome})


def _calls(random: Random, day: date) -> Iterator[Happening]:
    week_end = day.weekday() > 4
    at = _at(random, day, 9, 16 if week_end else 19)
    unit = random.choice(["general", "general", "permits"])
    yield Happening(at, "Appel", {"unit": unit})
    waits = random.expovariate(1 / 65)
    patience = random.gammavariate(2, 150)
    ended = at + timedelta(seconds=1 + int(min(waits, patience)))
    if random.random() < 0.01:
        yield Happening(ended, "Coupé", {"withdrawal": "dropped-line"})
    elif patience < waits:
        yield Happening(ended, "Raccroché", {})
    else:
        yield Happening(ended, "Répondu", {"outcome": "answered"})


EXAMPLES: Mapping[str, Example] = {
    "freedom-of-information-uk": Example(
        zone="Europe/London",
        prefix="FOI",
        files=80,
        seed=2000,
        steps={
            "Request received": "received",
            "Passed on": "transferred",
            "Fees notice sent": "documents_requested",
            "Fee paid": "documents_received",
            "Asked": "documents_requested",
            "Clarified": "documents_received",
            "Extended": "extended",
            "Answered": "decided",
            "Closed": "withdrawn",
        },
        columns=("unit", "channel", "kind", "extension", "until", "outcome", "withdrawal"),
        standard="request",
        life=_freedom_of_information,
    ),
    "access-to-information-canada": Example(
        zone="America/Toronto",
        prefix="A",
        files=80,
        seed=1985,
        steps={
            "Demande reçue": "received",
            "Précisions demandées": "documents_requested",
            "Précisions reçues": "documents_received",
            "Prolongation": "extended",
            "Réponse": "decided",
            "Fermée": "withdrawn",
        },
        columns=("standard", "unit", "kind", "extension", "outcome", "withdrawal"),
        standard=None,
        life=_access,
    ),
    "planning-england": Example(
        zone="Europe/London",
        prefix="P",
        files=90,
        seed=2015,
        steps={
            "Application received": "received",
            "Reallocated": "transferred",
            "Invalid": "documents_requested",
            "Valid": "documents_received",
            "Extension of time agreed": "extended",
            "Decision issued": "decided",
        },
        columns=(
            "standard",
            "unit",
            "environmental-statement",
            "kind",
            "extension",
            "until",
            "outcome",
        ),
        standard=None,
        life=_planning,
    ),
    "emergency-department": Example(
        zone="Europe/London",
        prefix="ED",
        files=400,
        seed=2004,
        steps={
            "Arrived": "received",
            "Clock started": "received",
            "Moved": "transferred",
            "Departed": "decided",
            "On scene": "decided",
            "Left before being seen": "withdrawn",
        },
        columns=("standard", "unit", "category", "outcome"),
        standard=None,
        life=_emergency,
    ),
    "complaints": Example(
        zone="Europe/London",
        prefix="C",
        files=90,
        seed=2024,
        steps={
            "Complaint": "received",
            "Transferred": "transferred",
            "Acknowledgement sent": "reached",
            "Extension": "extended",
            "Answer sent": "decided",
            "Closed": "withdrawn",
        },
        columns=("standard", "unit", "subject", "milestone", "extension", "outcome", "withdrawal"),
        standard=None,
        life=_complaints,
    ),
    "calls-311": Example(
        zone="America/Toronto",
        prefix="T",
        files=400,
        seed=311,
        steps={
            "Appel": "received",
            "Répondu": "decided",
            "Raccroché": "withdrawn",
            "Coupé": "withdrawn",
        },
        columns=("unit", "outcome", "withdrawal"),
        standard="call",
        life=_calls,
    ),
}


def month(example: Example) -> Iterator[tuple[str, Happening]]:
    """What happened to each file received in the month, until the day of the export."""
    random = Random(example.seed)
    zone = ZoneInfo(example.zone)
    days = sorted(random.randrange(DAYS) for _ in range(example.files))
    for number, day in enumerate(days, 1):
        for happening in example.life(random, MONTH + timedelta(days=day)):
            if happening.at.date() < TAKEN_ON:
                file_id = f"{example.prefix}-{MONTH:%Y-%m}-{number:04}"
                yield file_id, happening._replace(at=happening.at.replace(tzinfo=zone))


def rows(name: str) -> Iterator[Sequence[str]]:
    """The month as an export: a header, and a row for each thing that happened."""
    example = EXAMPLES[name]
    yield ("case", "step", "time", *example.columns)
    for file_id, (at, step, columns) in month(example):
        cells = (columns.get(column, "") for column in example.columns)
        yield (file_id, step, at.isoformat(), *cells)


def events(name: str) -> Iterator[Mapping[str, object]]:
    """The month as CloudEvents."""
    example = EXAMPLES[name]
    source = f"https://example.org/{name}"
    members = ("standard", "unit", "kind", "extension", "until", "milestone", "outcome")
    for number, (file_id, (at, step, columns)) in enumerate(month(example), 1):
        kind = example.steps[step]
        data: dict[str, object] = {key: columns[key] for key in members if key in columns}
        if kind == "received":
            others = columns.keys() - {*members, "withdrawal"}
            data = {"standard": example.standard, **data}
            data["attributes"] = {key: columns[key] for key in sorted(others)}
        if "withdrawal" in columns:
            data["reason"] = columns["withdrawal"]
        yield {
            "specversion": "1.0",
            "type": f"org.echeance.file.{kind}.v1",
            "source": source,
            "id": f"{file_id}/{number}",
            "subject": file_id,
            "time": at.isoformat(),
            "data": data,
        }


def _main() -> None:
    name, *options = sys.argv[1:]
    if "--events" in options:
        for event in events(name):
            sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        return
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows(name))


if __name__ == "__main__":
    _main()
