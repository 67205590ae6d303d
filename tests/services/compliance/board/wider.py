"""A catalogue with every form of the law that the shipped one does not use, and files that use them; today is 20 November 2026."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from shared.domain.catalogue import Catalogue, load_catalogue_text
from shared.domain.events import Event
from tests.builders import at, members, stored

TEXT: Final = Path(__file__).with_name("wider.yaml").read_text(encoding="utf-8")
WIDER: Final[Catalogue] = load_catalogue_text(TEXT, "wider.yaml")
IN_ENGLISH: Final[Catalogue] = load_catalogue_text(
    "languages: [en]\n" + re.sub(r"""\{fr: ("[^"]*"|[^,]*), en: """, "{en: ", TEXT), "english.yaml"
)
"""The same without its French texts."""
NOW: Final = "2026-11-20 12:00"
"""A Friday."""


def happened(kind: str, file_id: str, local: str, /, **data: Any) -> Event:
    """An event of a kind, by its word."""
    time = at(local).astimezone(UTC)
    name = f"{file_id}-{kind}-{local.replace(' ', 'T')}"
    return stored(members(kind, file_id, time.isoformat(), data, named=name), time)


def received(
    file_id: str, local: str, standard: str, unit: str = "centre", **attributes: str
) -> Event:
    data = {"standard": standard, "unit": unit, "attributes": attributes}
    return happened("received", file_id, local, **data)


def requested(file_id: str, local: str, kind: str, **data: str) -> Event:
    return happened("documents_requested", file_id, local, kind=kind, **data)


def answered(file_id: str, local: str, **data: str) -> Event:
    return happened("documents_received", file_id, local, **data)


STORY: Final[Sequence[Event]] = (
    # A service: acknowledged, complete, in another unit, extended, waiting for a third party.
    received("SERVICE", "2026-10-01 10:00", "request", "north"),
    happened("reached", "SERVICE", "2026-10-05 10:00", milestone="acknowledged"),
    happened("reached", "SERVICE", "2026-10-08 10:00", milestone="acknowledged"),
    happened("extended", "SERVICE", "2026-10-09 10:00", extension="volume"),
    happened("extended", "SERVICE", "2026-10-10 10:00", extension="volume"),
    happened("transferred", "SERVICE", "2026-10-12 09:00", unit="centre"),
    happened("transferred", "SERVICE", "2026-10-12 10:00", unit="centre"),
    happened("reached", "SERVICE", "2026-10-15 10:00", milestone="complete"),
    requested(
        "SERVICE", "2026-11-16 10:00", "third-party", request_id="T1", answer_by="2026-12-01"
    ),
    received("BEGUN", "2026-11-18 10:00", "request"),
    # Civil days: late, on track, and every kind of request.
    received("LATE", "2026-10-01 10:00", "access"),
    happened("extended", "LATE", "2026-11-10 10:00", extension="volume"),
    received("TRACK", "2026-11-10 10:00", "access"),
    received("LAPSED", "2026-10-20 10:00", "access"),
    requested("LAPSED", "2026-10-21 10:00", "supplement", request_id="S1"),
    answered("LAPSED", "2026-11-10 10:00", request_id="S1"),
    requested("LAPSED", "2026-11-11 10:00", "supplement", request_id="S2"),
    received("RESTARTED", "2026-10-20 10:00", "access"),
    requested("RESTARTED", "2026-10-26 10:00", "clarification", request_id="C1"),
    answered("RESTARTED", "2026-11-02 10:00", request_id="C1"),
    requested("RESTARTED", "2026-11-18 10:00", "courtesy", request_id="C2", answer_by="2026-11-25"),
    received("RESTARTS", "2026-11-02 10:00", "access"),
    requested("RESTARTS", "2026-11-10 10:00", "clarification"),
    received("LONG", "2026-09-01 10:00", "access"),
    requested("LONG", "2026-09-10 10:00", "fee", request_id="F1"),
    received("LONG-OTHER", "2026-09-01 10:00", "access"),
    requested("LONG-OTHER", "2026-09-10 10:00", "third-party", request_id="T2"),
    received("AGREED", "2026-10-10 10:00", "access"),
    happened("extended", "AGREED", "2026-10-12 10:00", extension="agreed", until="2026-12-04"),
    received("EXTENDED", "2026-09-01 10:00", "access"),
    happened("extended", "EXTENDED", "2026-09-10 10:00", extension="volume"),
    happened("decided", "EXTENDED", "2026-10-15 10:00", outcome="granted"),
    received("DUPLICATE", "2026-11-02 10:00", "access"),
    happened("withdrawn", "DUPLICATE", "2026-11-05 10:00", reason="duplicate"),
    received("GIVEN-UP", "2026-11-02 10:00", "access"),
    happened("withdrawn", "GIVEN-UP", "2026-11-05 10:00"),
    # Opening time: late, due soon, extended, waiting.
    received("COUNTER", "2026-11-19 10:00", "counter"),
    received("COUNTER-LATE", "2026-11-17 10:00", "counter"),
    received("COUNTER-WAITS", "2026-11-19 10:00", "counter"),
    requested("COUNTER-WAITS", "2026-11-19 11:00", "third-party"),
    received("EMERGENCY", "2026-11-20 08:15", "emergency"),
    happened("extended", "EMERGENCY", "2026-11-20 09:00", extension="volume"),
    # Terms by attribute, with tiers.
    received("URGENT", "2026-11-13 18:00", "permit", priority="urgent"),
    received("ISSUED", "2026-09-01 10:00", "permit", priority="urgent"),
    happened("decided", "ISSUED", "2026-09-23 10:00", outcome="granted"),
    received("ORDINARY", "2026-11-02 10:00", "permit", "north", priority="ordinary"),
)
FILES: Final = sorted({event.file_id for event in STORY})
