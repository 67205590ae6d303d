"""What the board of these tests shows: two years of the demo's ministry, in small, and a few files with everything on them.

Compliance follows month after month, so that decisions taken back after their month are corrections. Today is Monday 23 November 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from echeance.demo.ministry import Arrival, Ministry
from echeance.demo.profiles import SOURCES
from echeance.preview import compare_catalogues
from services.compliance.editions import EditionDocument, EditionStore
from services.compliance.preview import PreviewStore
from services.ingest.cloudevents.attributes import Rules
from services.ingest.cloudevents.envelope import parse_structured
from shared.domain.events import Event
from tests.builders import (
    CATALOGUE,
    answered,
    at,
    decided,
    received,
    reopened,
    requested,
    revised,
    voided,
)
from tests.services.world import World

TODAY: Final = "2026-11-23"
NOW: Final = f"{TODAY} 12:00"
_SEED, _FILES = 2021, 1_500
_STOPS: Final = (
    "2026-06-01 09:00",
    "2026-08-03 09:00",
    "2026-10-01 09:00",
    "2026-11-09 09:00",
    NOW,
)

CANDIDATE: Final = revised(2, ("business_days: 20", "business_days: 12"))
"""The revision that the page of previews is of."""

SUPERVISOR, PUBLISHER = PEOPLE = ("supervisor", "Secrétariat général")
"""Who looks at the pages, and who published the edition: all whom a page can name."""

EDITION: Final = EditionDocument.of("report.csv", "text/csv", "period,standard\n")

STORIED: Final = "CAQ-2026-STORIED"
"""Waited twice, decided by mistake and taken back, decided, sent back, open again; with events that changed nothing."""
CALL: Final = "TEL-2026-STORIED"
"""A telephone call: minutes of opening time."""
MONTHS: Final = "PEQ-2026-STORIED"
"""Six months, a year ago, never decided: long overdue."""


def storied() -> Sequence[Event]:
    """The files with everything on them."""
    return (
        requested(STORIED, "2026-08-28 10:00", "R0"),
        received(STORIED, "2026-08-31 10:00", attributes={"evaluation": "initiale"}),
        received(STORIED, "2026-09-01 11:30", unit="laval"),
        requested(STORIED, "2026-09-08 09:15", "R1"),
        requested(STORIED, "2026-09-10 14:00", "R2"),
        answered(STORIED, "2026-09-15 10:00", "R1"),
        answered(STORIED, "2026-09-21 16:00", "R2"),
        decided(STORIED, "2026-09-24 15:00", "refused", named="mistake"),
        voided(STORIED, "2026-09-28 08:45", "mistake"),
        answered(STORIED, "2026-10-02 09:00", "R9"),
        decided(STORIED, "2026-10-09 15:00", "refused"),
        reopened(STORIED, "2026-10-27 09:00"),
        requested(STORIED, "2026-11-16 11:00", "R3"),
        answered(STORIED, "2026-11-18 11:00", "R3", recorded="2026-11-20 08:00"),
        received(CALL, "2026-11-20 16:29", standard="telephone", unit="quebec"),
        decided(CALL, "2026-11-23 08:01", "answered"),
        received(MONTHS, "2025-10-31 10:00", standard="peq", unit="estrie"),
        requested(MONTHS, "2026-01-12 10:00"),
        answered(MONTHS, "2026-03-02 10:00"),
    )


async def live(known: World) -> None:
    """Two years, in so many stops."""
    calendar = CATALOGUE.calendar()
    past = [
        _event(one) for one in Ministry(_SEED, CATALOGUE, calendar, at(NOW), files=_FILES).past()
    ]
    everything = sorted([*past, *storied()], key=lambda event: event.recorded_at)
    told = 0
    for stop in _STOPS:
        upto = sum(event.recorded_at <= at(stop) for event in everything)
        await known.live(*everything[told:upto], until=stop)
        told = upto
    await _preview(known)


async def _preview(known: World) -> None:
    """What a revision with another limit would change, and an edition, as their pages show them."""
    database, now = known.embedded.database, known.now()
    document = await compare_catalogues(
        database, known.embedded.catalogue, CANDIDATE, now, lambda files: None
    )
    await PreviewStore(database).replace(document)
    await EditionStore(database).add("2025-2026", PUBLISHER, CATALOGUE, now, [EDITION])


def _event(arrival: Arrival) -> Event:
    rules = Rules(catalogue=CATALOGUE, now=arrival.recorded_at, sources=SOURCES)
    return parse_structured(arrival.raw, rules)
