"""A year and a half of e-mails, few enough to count by hand; and what a hand counted.

An e-mail is due two business days after it came; those here come on a Monday, so that Wednesday is on time and Thursday is late.
Today is Monday 23 November 2026.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

from shared.domain.events import Event
from shared.text.texts import Text
from tests.builders import decided, received, requested, withdrawn
from tests.services.world import Site, World, site, world

NOW = "2026-11-23 12:00"
TODAY = date(2026, 11, 23)
# The Monday they came, the unit, how many were answered on Wednesday and how many on Thursday.
ANSWERED = [
    ("2026-11-16", "montreal", 3, 1),
    ("2026-11-16", "laval", 0, 1),
    ("2026-10-19", "montreal", 2, 0),
    ("2026-10-19", "laval", 0, 1),
    ("2026-09-14", "laval", 4, 0),
    ("2026-06-01", "montreal", 0, 1),
    ("2026-02-02", "montreal", 5, 1),
]
# Period: (on time, measured) on each basis. One open file, due on 11 November, is overdue.
BY_HAND = {
    "month": ((3, 5), (3, 6)),
    "quarter": ((5, 8), (5, 9)),
    "fiscal-year": ((9, 13), (9, 14)),
    "rolling-30": ((3, 5), (3, 6)),
    "rolling-90": ((9, 12), (9, 13)),
    "2026-11": ((3, 5), (3, 6)),
    "2026-10": ((2, 3), (2, 3)),
    "2026-Q3": ((4, 4), (4, 4)),
    "2026-Q2": ((0, 1), (0, 1)),
    "2025-2026": ((5, 6), (5, 6)),
    "2026-02": ((5, 6), (5, 6)),
    "2026-07": ((0, 0), (0, 0)),
    "2027-2028": ((0, 0), (0, 0)),
}


def mail(name: str, day: str, unit: str) -> Event:
    return received(name, f"{day} 09:00", standard="courriel", unit=unit)


def lives() -> Iterator[Event]:
    for day, unit, on_time, late in ANSWERED:
        for number in range(on_time + late):
            name = f"{unit}-{day}-{number}"
            after = timedelta(days=2 if number < on_time else 3)
            yield mail(name, day, unit)
            yield decided(name, f"{date.fromisoformat(day) + after} 15:00", "answered")
    yield mail("overdue", "2026-11-09", "montreal")
    yield mail("due-today", "2026-11-19", "montreal")
    yield mail("new", "2026-11-23", "montreal")
    yield mail("waiting", "2026-11-19", "laval")
    yield requested("waiting", "2026-11-20 09:00")
    yield mail("gone", "2026-11-16", "laval")
    yield withdrawn("gone", "2026-11-17 09:00")


@asynccontextmanager
async def lived(
    folder: Path, *more: Event, notice: Text | None = None
) -> AsyncIterator[tuple[World, Site]]:
    async with world(folder, NOW) as known, site(known, notice=notice) as web:
        await known.live(*lives(), *more)
        yield known, web
